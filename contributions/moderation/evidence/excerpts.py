"""A few bytes around a finding as numbers, and a pickle's instructions there as words; nothing is loaded."""

from dataclasses import dataclass, field, replace

from contributions.moderation.evidence.instructions import Instruction, instructions_around
from contributions.moderation.evidence.members import find_member, opened
from contributions.moderation.evidence.places import Place, place_of
from contributions.moderation.evidence.refusals import NotReadable, Refusal
from hub.scanning.sources import Budget, Source, Stream
from storage.selectors import blob_by_sha256

ROW = 16
BEFORE, ROWS = 4, 16
# Of a text, so many lines are passed to find the one that a finding names.
MOST_LINES = 100_000
# How pickles of protocol 2 and later begin.
DECLARED = b"\x80"


@dataclass(frozen=True)
class Row:
    """Up to sixteen bytes from an offset that divides by sixteen; `text` has a dot for what is no ASCII."""

    offset: int
    data: bytes
    marked: bool = False

    @property
    def hex(self) -> str:
        """Two digits a byte, with a wider gap in the middle."""
        return f"{self.data[:8].hex(' ')}  {self.data[8:].hex(' ')}".strip()

    @property
    def text(self) -> str:
        """What of the bytes is printable ASCII."""
        return "".join(chr(byte) if 32 <= byte < 127 else "." for byte in self.data)


@dataclass(frozen=True)
class Excerpt:
    """The bytes around a place, which `rows` mark, or why there are none; `instructions` only of a pickle."""

    place: Place
    rows: list[Row] = field(default_factory=list)
    instructions: list[Instruction] = field(default_factory=list)
    refusal: Refusal | None = None


def excerpt_of(sha256: str, where: str = "", *, mask: bool = False) -> Excerpt:
    """What stands in a blob where a finding says, at a fixed cost whatever the file does; one query.

    With `mask` it shows where words begin and end, and not what they are.
    """
    place = place_of(where)
    blob = blob_by_sha256(sha256)
    if blob is None:
        return Excerpt(place, refusal=Refusal.ABSENT)
    try:
        with opened(blob) as file:
            source = find_member(file, place.member, file.budget)
            at = _offset(source, place)
            rows = rows_around(source, at, mark=at if place != Place(place.member) else None)
            instructions = [] if mask else _instructions(source, place, at, file.budget)
    except NotReadable as problem:
        return Excerpt(place, refusal=problem.refusal)
    return Excerpt(place, masked(rows) if mask else rows, instructions)


def masked(rows: list[Row]) -> list[Row]:
    """Rows with an x for each letter, each digit and each byte that is no ASCII (pure)."""
    return [replace(row, data=bytes(_masked(byte) for byte in row.data)) for row in rows]


def _masked(byte: int) -> int:
    return ord("x") if byte >= 128 or chr(byte).isalnum() else byte


def rows_around(source: Source, at: int = 0, *, count: int = ROWS, mark: int | None = None) -> list[Row]:
    """Up to `count` rows, a few of them above the byte `at`; NotReadable when the file ends before it."""
    start = max(0, at // ROW - BEFORE) * ROW
    data = source.open(start).peek(ROW * count)[: ROW * count]
    if start + len(data) <= at and at:
        raise NotReadable(Refusal.ABSENT)
    marked = None if mark is None else mark // ROW * ROW
    return [
        Row(start + first, data[first : first + ROW], marked=start + first == marked)
        for first in range(0, len(data), ROW)
    ]


def _instructions(source: Source, place: Place, at: int, budget: Budget) -> list[Instruction]:
    """Of a place without a byte those at the beginning, of what says that it is a pickle."""
    if place.line is not None or (place.byte is None and source.open().peek(1)[:1] != DECLARED):
        return []
    return instructions_around(source, at, budget)


def _offset(source: Source, place: Place) -> int:
    if place.line is None:
        return place.byte or 0
    if place.line > MOST_LINES:
        raise NotReadable(Refusal.TOO_MUCH)
    stream: Stream = source.open()
    for _ in range(place.line - 1):
        stream.line(0)
    return stream.position
