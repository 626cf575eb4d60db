"""Which paths a repository may hold (pure)."""

import re
import unicodedata

from django.utils.translation import gettext

from storage.errors import PathInvalid

MAX_PATH = 1024
MAX_SEGMENT = 255
MAX_DEPTH = 100
# What HFS+ leaves out of a name (git's utf8.c: next_hfs_char).
IGNORABLE = re.compile(r"[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
# The letters between 202a and 2069 turn what follows them around, so that a name is shown as another one.
FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\\u202a-\u202e\u2066-\u2069]")


def clean_path(path: object) -> str:
    """The path as git stores it; PathInvalid for one that could leave a checkout or not be checked out."""
    if not isinstance(path, str) or not path:
        raise PathInvalid(gettext("A path must be a non-empty text."))
    try:
        length = len(path.encode())
    except UnicodeEncodeError:
        raise PathInvalid(gettext("A path must be valid Unicode.")) from None
    if length > MAX_PATH:
        raise PathInvalid(
            gettext("The path is longer than %(most)d bytes: %(path)s…")
            % {"most": MAX_PATH, "path": path[:60]}
        )
    if FORBIDDEN.search(path):
        raise PathInvalid(gettext("The path has a backslash or a control character: '%s'") % as_seen(path))
    if path.count("/") >= MAX_DEPTH:
        raise PathInvalid(
            gettext("The path is deeper than %(most)d folders: %(path)s…")
            % {"most": MAX_DEPTH, "path": path[:60]}
        )
    for segment in path.split("/"):
        if segment in {"", ".", ".."} or _is_dot_git(segment):
            raise PathInvalid(
                gettext("The path has an empty, '.', '..' or '.git' segment: '%s'") % as_seen(path)
            )
        if len(segment.encode()) > MAX_SEGMENT:
            raise PathInvalid(
                gettext("A name in the path is longer than %(most)d bytes: %(path)s…")
                % {"most": MAX_SEGMENT, "path": path[:60]}
            )
    return path


def as_seen(path: str) -> str:
    """A path for a sentence: what has no shape of its own is spelled, and a backslash stays one."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in path)


def _is_dot_git(segment: str) -> bool:
    """Whether a file system would take the name for git's own folder (git's verify_path).

    HFS+ leaves out letters that are not seen; NTFS leaves out dots and spaces at the end, and reads what
    follows a colon as the name of a stream.
    """
    seen = unicodedata.normalize("NFKC", IGNORABLE.sub("", segment)).casefold()
    return seen.partition(":")[0].rstrip(" .") in {".git", "git~1"}
