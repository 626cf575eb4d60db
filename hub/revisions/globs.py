"""The patterns of `.gitignore` and `.gitattributes`, in time linear in pattern times path (pure).

Sources: gitignore(5), gitattributes(5) and git's wildmatch, which compares bytes. A pattern that git would
never match, such as `[a` or `b\\`, matches nothing here.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property

# Work is counted in steps of about a nanosecond.
_STEPS_TO_TRY = 200
_STEPS_TO_COMPILE = 5000

STAR, ANY, SEPARATOR = b"*", b"?", b"/"
SPECIAL = re.compile(rb"[*?\[\\]")
# A segment `**`, which stands for any number of folders.
FOLDERS = None
CLASSES = {
    b"alnum": b"A-Za-z0-9",
    b"alpha": b"A-Za-z",
    b"blank": rb" \t",
    b"cntrl": rb"\x00-\x1f\x7f",
    b"digit": b"0-9",
    b"graph": rb"\x21-\x7e",
    b"lower": b"a-z",
    b"print": rb"\x20-\x7e",
    b"punct": rb"\x21-\x2f\x3a-\x40\x5b-\x60\x7b-\x7e",
    b"space": rb"\x09-\x0d\x20",
    b"upper": b"A-Z",
    b"xdigit": b"0-9A-Fa-f",
}
Matches = Callable[[bytes], object]


class BrokenPattern(ValueError):
    """A pattern that can match nothing."""


@dataclass(frozen=True, slots=True)
class Token:
    """One piece of a pattern: a literal byte, a wildcard, or a class as a regular expression."""

    kind: str
    text: bytes


WILD_STAR = Token("wild", STAR)


@dataclass
class Pattern:
    """A pattern as git reads it; it is compiled when it is first needed."""

    data: bytes
    anchored: bool
    folders_only: bool

    @property
    def literal(self) -> bytes | None:
        """The only path or name that can match; None when there are wildcards."""
        return None if SPECIAL.search(self.data) else self.data

    @property
    def ending(self) -> bytes | None:
        """What a name ends with, when that is all that the pattern asks for."""
        simple = not self.anchored and self.data.startswith(STAR) and not SPECIAL.search(self.data, 1)
        return self.data[1:] if simple else None

    @cached_property
    def _matches(self) -> Matches:
        literal, ending = self.literal, self.ending
        if literal is not None:
            return literal.__eq__
        if ending is not None:
            return lambda name: name.endswith(ending)
        try:
            matchers = _matchers(self.data, self.anchored)
        except BrokenPattern:
            return lambda path: False
        return lambda path: _match_all(matchers, path.split(SEPARATOR))

    def matches(self, path: bytes, *, folder: bool = False) -> bool:
        """Whether the pattern names this very path, not one above it."""
        if self.folders_only and not folder:
            return False
        return bool(self._matches(path if self.anchored else path.rpartition(SEPARATOR)[2]))


def read_pattern(text: str) -> Pattern:
    """A pattern without its `!`; one that git calls broken is kept, and matches nothing."""
    data = text.encode("utf-8", "replace")
    folders_only = data.endswith(SEPARATOR)
    data = data.removesuffix(SEPARATOR)
    return Pattern(data.removeprefix(SEPARATOR), SEPARATOR in data, folders_only)


def steps(patterns: Iterable[Pattern], paths: Iterable[bytes]) -> int:
    """The most work that matching all patterns with all paths can be, in steps of about a nanosecond."""
    known = list(patterns)
    wild = sum(len(pattern.data) for pattern in known if pattern.literal is None and pattern.ending is None)
    count = length = 0
    for path in paths:
        count, length = count + 1, length + len(path)
    return wild * (length + _STEPS_TO_COMPILE) + len(known) * count * _STEPS_TO_TRY


def _matchers(data: bytes, anchored: bool) -> list[Matches | None]:
    """What tells of each segment whether a name matches it; BrokenPattern when nothing can match."""
    segments: list[list[Token]] = [[]]
    for token in _tokens(data):
        if token.kind == "separator":
            segments.append([])
        else:
            segments[-1].append(token)
    if not all(segments):
        raise BrokenPattern("a name of no letters")
    found = [FOLDERS if anchored and _is_folders(segment) else _matcher(segment) for segment in segments]
    # At the end, `**` is everything inside, so at least one name.
    return [*found, bool] if found[-1] is FOLDERS else found


def _tokens(data: bytes) -> Iterable[Token]:
    at = 0
    while at < len(data):
        letter = data[at : at + 1]
        at += 1
        if letter == b"[":
            text, at = _class(data, at)
            yield Token("class", text)
        elif letter in (STAR, ANY):
            yield Token("wild", letter)
        elif letter == b"\\":
            if at == len(data):
                raise BrokenPattern("a backslash at the end")
            yield _literal(data[at : at + 1])
            at += 1
        else:
            yield _literal(letter)


def _literal(letter: bytes) -> Token:
    return Token("separator" if letter == SEPARATOR else "literal", letter)


def _class(data: bytes, at: int) -> tuple[bytes, int]:
    """A bracket expression from behind its `[`, as a regular expression, and where it ends."""
    negated = data[at : at + 1] in (b"!", b"^")
    at += negated
    parts: list[bytes] = []
    before: bytes | None = None
    first = True
    while first or data[at : at + 1] != b"]":
        first = False
        letter = data[at : at + 1]
        if letter == b"[" and data[at + 1 : at + 2] == b":" and (named := _named(data, at + 2)):
            text, at = named
            parts.append(text)
            before = None
        elif letter == b"-" and before is not None and data[at + 1 : at + 2] not in (b"", b"]"):
            last, at = _letter(data, at + 1)
            if before <= last:
                parts.append(_escaped(before) + b"-" + _escaped(last))
            before = None
        else:
            before, at = _letter(data, at)
            parts.append(_escaped(before))
    return (b"[^" if negated else b"[") + b"".join(parts) + b"]", at + 1


def _letter(data: bytes, at: int) -> tuple[bytes, int]:
    """One letter of a class, escaped or not, and where the next begins."""
    at += data[at : at + 1] == b"\\"
    if at >= len(data):
        raise BrokenPattern("a class without its end")
    return data[at : at + 1], at + 1


def _named(data: bytes, at: int) -> tuple[bytes, int] | None:
    """The letters of `alpha:]`; None when it is not the end of a named class after all."""
    end = data.find(b"]", at)
    if end < 0:
        raise BrokenPattern("a class without its end")
    if end == at or data[end - 1 : end] != b":":
        return None
    name = data[at : end - 1]
    if name not in CLASSES:
        raise BrokenPattern("a class with an unknown name")
    return CLASSES[name], end + 1


def _escaped(letter: bytes) -> bytes:
    return b"\\x%02x" % letter[0]


def _is_folders(segment: list[Token]) -> bool:
    return len(segment) > 1 and all(token == WILD_STAR for token in segment)


def _matcher(segment: list[Token]) -> Matches:
    return re.compile(_expression(segment), re.DOTALL).fullmatch


def _expression(segment: list[Token]) -> bytes:
    """A regular expression that never goes back behind a star: the first place for what follows is as good
    as any later one, so each run of letters between two stars is an atomic group."""
    runs: list[list[bytes]] = [[]]
    for token in segment:
        if token == WILD_STAR:
            runs.append([])
        elif token.kind == "wild":
            runs[-1].append(b".")
        else:
            runs[-1].append(token.text if token.kind == "class" else _escaped(token.text))
    first, *others = [b"".join(run) for run in runs]
    if not others:
        return first
    *middle, last = others
    return first + b"".join(b"(?>.*?" + run + b")" for run in middle if run) + b".*" + last


def _match_all(matchers: list[Matches | None], names: list[bytes]) -> bool:
    """Whether all names match in order; after a mismatch, the last `**` takes one name more."""
    at = name = 0
    star = mark = -1
    while name < len(names):
        if at < len(matchers) and matchers[at] is FOLDERS:
            star, mark, at = at, name, at + 1
        elif at < len(matchers) and matchers[at](names[name]):
            at, name = at + 1, name + 1
        elif star >= 0:
            mark += 1
            at, name = star + 1, mark
        else:
            return False
    return at == len(matchers)
