"""What a title and a comment may be, and whom a text names (pure)."""

import re

from django.utils.translation import gettext

from accounts.names import MAX_LENGTH
from hub.errors import InvalidInput

TITLE = (3, 200)
TEXT_MAX = 65_536
# Of one text no more people are told.
MENTIONS_MAX = 20
_CODE = re.compile(r"(`+).+?\1|^(?: {4}|\t).*$|^(```|~~~).*?^\2", re.DOTALL | re.MULTILINE)
_MENTION = re.compile(rf"(?<![\w@/.`-])@([A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_LENGTH - 1}}})")


def checked_title(title: str) -> str:
    """The title in one line; InvalidInput when it is too short or too long."""
    words = " ".join(title.replace("\0", "").split())
    if not TITLE[0] <= len(words) <= TITLE[1]:
        raise InvalidInput(gettext("A title has from %d to %d characters.") % TITLE, "title")
    return words


def fitting_title(summary: str) -> str:
    """A commit's first line as a title, whatever its length."""
    words = " ".join(summary.replace("\0", "").split())[: TITLE[1]].strip()
    return words if len(words) >= TITLE[0] else f"Change files {words}".strip()


def checked_text(text: str, *, field: str = "comment", empty: bool = False) -> str:
    """The text without white space around it; InvalidInput when it is too long, or empty and must not be."""
    words = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not words and not empty:
        raise InvalidInput(gettext("Write something first."), field)
    if len(words) > TEXT_MAX:
        raise InvalidInput(gettext("A comment has at most %d characters.") % TEXT_MAX, field)
    return words


def mentioned(text: str) -> list[str]:
    """The names that a text calls by @, in lower case and each once; code calls nobody."""
    names = (name.rstrip(".-_").lower() for name in _MENTION.findall(_CODE.sub(" ", text)))
    return list(dict.fromkeys(names))[:MENTIONS_MAX]
