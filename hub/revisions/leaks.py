"""No commit may carry a token of this hub that works: whoever reads the file could act as its owner."""

from collections.abc import Mapping

from django.utils.translation import gettext

from accounts import tokens
from accounts.selectors import secrets_that_work
from hub.errors import InvalidInput
from storage.contents import Content

# So many things that look like tokens are asked about at once; a commit seldom has a single one.
BATCH = 10_000


def check_holds_no_token(contents: Mapping[str, Content]) -> None:
    """InvalidInput that names the file (path → content) and line of a working token, and never the token."""
    found: dict[str, tuple[str, int]] = {}
    for path, content in contents.items():
        data = content.read()
        for offset, token in tokens.find(data):
            found.setdefault(tokens.digest(token), (path, data.count(b"\n", 0, offset) + 1))
            if len(found) == BATCH:
                _refuse_working(found)
                found.clear()
    _refuse_working(found)


def _refuse_working(found: Mapping[str, tuple[str, int]]) -> None:
    working = secrets_that_work(found.keys()) if found else set()
    if working:
        path, line = min(found[digest] for digest in working)
        raise InvalidInput(
            gettext(
                "%(path)s, line %(line)d, holds an access token of this hub that works, so nothing was "
                "committed. Revoke it in its owner's settings, take it out of the file, and commit again."
            )
            % {"path": path, "line": line},
            "content",
        )
