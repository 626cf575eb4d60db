"""What a title and a comment may be, and whom a text names (pure)."""

import re

from django.utils.translation import gettext

from accounts.names import MAX_LENGTH
from hub.errors import InvalidInput

TITLE = (3, 200)
TEXT_MAX = 65_536
# Of one text no more people are told.
MENTIONS_MAX = 20
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"(`+)")
# What XML has no way to say, and no title or sentence needs.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# What turns the order of the words around it, beyond the title (Unicode Standard Annex 9).
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_MENTION = re.compile(rf"(?<![\w@/.`-])@([A-Za-z0-9][A-Za-z0-9._-]{{0,{MAX_LENGTH - 1}}})")


def checked_title(title: str) -> str:
    """The title in one line; InvalidInput when it is too short or too long."""
    words = _in_one_line(title)
    if not TITLE[0] <= len(words) <= TITLE[1]:
        raise InvalidInput(gettext("A title has from %d to %d characters.") % TITLE, "title")
    return words


def fitting_title(summary: str) -> str:
    """A commit's first line as a title, whatever its length."""
    words = _in_one_line(summary)[: TITLE[1]].strip()
    return words if len(words) >= TITLE[0] else f"Change files {words}".strip()


def _in_one_line(words: str) -> str:
    return " ".join(_TURNS.sub("", _CONTROL.sub("", words)).split())


def checked_text(text: str, *, field: str = "comment", empty: bool = False) -> str:
    """The text without white space around it; InvalidInput when it is too long, or empty and must not be."""
    words = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not words and not empty:
        raise InvalidInput(gettext("Write something first."), field)
    if len(words) > TEXT_MAX:
        raise InvalidInput(gettext("A comment has at most %d characters.") % TEXT_MAX, field)
    return words


def mentioned(text: str) -> list[str]:
    """The names that a text calls by @, in lower case and each once; code calls nobody. Linear."""
    names = (name.rstrip(".-_").lower() for name in _MENTION.findall(_spoken(text)))
    return list(dict.fromkeys(names))[:MENTIONS_MAX]


def _spoken(text: str) -> str:
    """A text without its code, in fences and in backticks."""
    lines, fence = [], ""
    for line in text.split("\n"):
        mark = _FENCE.match(line)
        if fence:
            fence = "" if mark and mark[1].startswith(fence) else fence
        elif mark:
            fence = mark[1]
        else:
            lines.append(_without_ticks(line))
    return "\n".join(lines)


def _without_ticks(line: str) -> str:
    """A line without what stands between two runs of equally many backticks."""
    pieces = _TICKS.split(line)
    places: dict[str, list[int]] = {}
    for at in range(len(pieces) - 2, 0, -2):
        places.setdefault(pieces[at], []).append(at)
    kept, at = [pieces[0]], 1
    while at < len(pieces):
        later = places[pieces[at]]
        while later and later[-1] <= at:
            later.pop()
        if later:
            at = later.pop()
        kept += [" ", pieces[at + 1]]
        at += 2
    return "".join(kept)
