"""What differs between two versions: of trees, of texts line by line, of a card's fields (pure)."""

import re
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from storage.git.objects import TreeEntry

CONTEXT = 3
# A longer way from one text to the other is not looked for: everything between is shown as replaced.
MOST_EDITS = 500
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")
# Of two lines with less in common than this part, the difference is the whole of them.
ALIKE = 0.3
LONGEST_COMPARED = 2_000
# In bytes: a longer text is not compared line by line.
TEXT_LIMIT = 256 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A file that two trees have differently; `before` is the path that it was renamed from."""

    path: str
    old: TreeEntry | None
    new: TreeEntry | None
    before: str = ""

    @property
    def kind(self) -> str:
        """added, removed, renamed or changed."""
        if self.before:
            return "renamed"
        return "added" if self.old is None else "removed" if self.new is None else "changed"

    @property
    def old_path(self) -> str:
        """Where the file was."""
        return self.before or self.path


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a diff with its number in either text; `parts` are (whether it is what differs, text)."""

    sign: str
    old: int | None
    new: int | None
    parts: tuple[tuple[bool, str], ...]


@dataclass(frozen=True, slots=True)
class Hunk:
    """Lines of a diff that stand together: where they begin in each text, counted from 1."""

    old: int
    new: int
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class TextDiff:
    """What differs between two texts, and how many lines came and went."""

    hunks: list[Hunk]
    added: int
    removed: int

    @property
    def length(self) -> int:
        """How many lines it shows."""
        return sum(len(hunk.lines) for hunk in self.hunks)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field that two cards have differently; of lists only the items that came and went."""

    key: str
    old: str
    new: str
    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)


def with_renames(changes: Iterable[Change]) -> list[Change]:
    """The changes by path; a file that went and came with the same content was renamed."""
    found = sorted(changes, key=lambda change: change.path)
    gone: dict[str, deque[Change]] = {}
    for change in found:
        if change.new is None and change.old is not None:
            gone.setdefault(change.old.oid, deque()).append(change)
    renamed: set[str] = set()
    shown = []
    for change in found:
        if change.old is None and change.new is not None and gone.get(change.new.oid):
            origin = gone[change.new.oid].popleft()
            renamed.add(origin.path)
            shown.append(replace(change, old=origin.old, before=origin.path))
        else:
            shown.append(change)
    return [change for change in shown if change.path not in renamed or change.new is not None]


def diff_texts(old: str, new: str) -> TextDiff:
    """The lines in which two texts differ, with a few around them."""
    before, after = old.splitlines(), new.splitlines()
    lines = _lines(before, after, _matches(before, after))
    return TextDiff(
        _hunks(lines), sum(line.sign == "+" for line in lines), sum(line.sign == "-" for line in lines)
    )


def lines_kept(old: str, new: str) -> list[tuple[int, int, int]]:
    """The runs of lines that two texts have in common: their beginnings in either, from 1, and length."""
    runs: list[tuple[int, int, int]] = []
    for i, j in _matches(old.splitlines(), new.splitlines()):
        start, other, length = runs[-1] if runs else (0, 0, 0)
        if runs and (start + length, other + length) == (i + 1, j + 1):
            runs[-1] = (start, other, length + 1)
        else:
            runs.append((i + 1, j + 1, 1))
    return runs


def diff_fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldChange]:
    """The fields that two cards have differently, in the order of the new one."""
    keys = [*new, *(key for key in old if key not in new)]
    return [_field(key, old.get(key), new.get(key)) for key in keys if old.get(key) != new.get(key)]


def _field(key: str, old: Any, new: Any) -> FieldChange:
    if isinstance(old, list) and isinstance(new, list):
        before, after = [_words(item) for item in old], [_words(item) for item in new]
        came = [item for item in after if item not in before]
        went = [item for item in before if item not in after]
        if came or went:
            return FieldChange(key, "", "", came, went)
    return FieldChange(key, _words(old), _words(new))


def _words(value: Any) -> str:
    """A value of a card as people write it."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(_words(item) for item in value)[:LONGEST_COMPARED]
        case dict():
            return "; ".join(f"{key}: {_words(item)}" for key, item in value.items())[:LONGEST_COMPARED]
        case _:
            return str(value)[:LONGEST_COMPARED]


def _lines(before: Sequence[str], after: Sequence[str], matches: list[tuple[int, int]]) -> list[Line]:
    lines: list[Line] = []
    old = new = 0
    for i, j in [*matches, (len(before), len(after))]:
        lines += _replaced(before[old:i], after[new:j], old, new)
        if i < len(before) and j < len(after):
            lines.append(Line(" ", i + 1, j + 1, ((False, before[i]),)))
        old, new = i + 1, j + 1
    return lines


def _replaced(before: Sequence[str], after: Sequence[str], old: int, new: int) -> list[Line]:
    """Lines that went and lines that came in their place, with the words in which they differ."""
    pairs = [_word_parts(a, b) for a, b in zip(before, after, strict=False)]
    gone = [pairs[at][0] if at < len(pairs) else ((False, text),) for at, text in enumerate(before)]
    come = [pairs[at][1] if at < len(pairs) else ((False, text),) for at, text in enumerate(after)]
    return [Line("-", old + at + 1, None, parts) for at, parts in enumerate(gone)] + [
        Line("+", None, new + at + 1, parts) for at, parts in enumerate(come)
    ]


Parts = tuple[tuple[bool, str], ...]


def _word_parts(old: str, new: str) -> tuple[Parts, Parts]:
    """Two lines, each as what is alike at its beginning and end, and what differs between."""
    whole = ((False, old),), ((False, new),)
    if max(len(old), len(new)) > LONGEST_COMPARED:
        return whole
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    start = _common(a, b)
    end = _common(a[start:][::-1], b[start:][::-1])
    alike = sum(map(len, a[:start])) + sum(map(len, a[len(a) - end :]))
    if alike < ALIKE * max(len(old), len(new)):
        return whole
    return _parts(a, start, end), _parts(b, start, end)


def _parts(words: list[str], start: int, end: int) -> Parts:
    stop = len(words) - end
    pieces = ((False, words[:start]), (True, words[start:stop]), (False, words[stop:]))
    return tuple((marked, "".join(piece)) for marked, piece in pieces if piece)


def _common(a: Sequence[str], b: Sequence[str]) -> int:
    """How many items are alike from the beginning on."""
    for at, (one, other) in enumerate(zip(a, b, strict=False)):
        if one != other:
            return at
    return min(len(a), len(b))


def _hunks(lines: list[Line]) -> list[Hunk]:
    near = [False] * len(lines)
    for at, line in enumerate(lines):
        if line.sign != " ":
            for close in range(max(0, at - CONTEXT), min(len(lines), at + CONTEXT + 1)):
                near[close] = True
    hunks: list[Hunk] = []
    old = new = 1
    for at, line in enumerate(lines):
        if near[at]:
            if at == 0 or not near[at - 1]:
                hunks.append(Hunk(old, new, []))
            hunks[-1].lines.append(line)
        old += line.old is not None
        new += line.new is not None
    return hunks


def _matches(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """The lines that two texts have in common, as places in both."""
    start = _common(a, b)
    end = _common(a[start:][::-1], b[start:][::-1])
    middle = _shortest(a[start : len(a) - end], b[start : len(b) - end])
    return (
        [(at, at) for at in range(start)]
        + [(start + i, start + j) for i, j in middle]
        + [(len(a) - at, len(b) - at) for at in range(end, 0, -1)]
    )


def _shortest(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """The matches of a shortest way from a to b (E. Myers, An O(ND) difference algorithm, 1986).

    None are found when the way has more than MOST_EDITS steps.
    """
    furthest = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(a) + len(b), MOST_EDITS) + 1):
        trace.append(furthest.copy())
        for k in range(-edits, edits + 1, 2):
            x = _step(furthest, k, edits)
            while x < len(a) and x - k < len(b) and a[x] == b[x - k]:
                x += 1
            furthest[k] = x
            if x >= len(a) and x - k >= len(b):
                return _traced(trace, len(a), len(b))
    return []


def _step(furthest: Mapping[int, int], k: int, edits: int) -> int:
    """Where diagonal k is entered: from above by an insertion, or from the left by a removal."""
    if k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1]):
        return furthest[k + 1]
    return furthest[k - 1] + 1


def _traced(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    found = []
    for edits in range(len(trace) - 1, -1, -1):
        furthest = trace[edits]
        k = x - y
        came_down = k == -edits or (k != edits and furthest[k - 1] < furthest[k + 1])
        before = k + 1 if came_down else k - 1
        start = _step(furthest, k, edits)
        while x > start:
            x -= 1
            found.append((x, x - k))
        if edits:
            x = furthest[before]
            y = x - before
    return found[::-1]
