"""A text beside the licence that it changes, in pieces that can be shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.licensing.differences import Difference, differences
from hub.licensing.fingerprints import Fingerprint, hashes_of
from hub.licensing.normal_form import normal_form

# So many places are told, and of what both have so many characters around each.
MOST_PLACES = 300
AROUND = 200


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: `kind` is "same", "added", or "left out" for what both have and is not shown.

    At a piece that is added or only stands for a gap, `missing` words of the licence are missing, which
    `lacking` has if its text was at hand.
    """

    kind: str
    text: str = ""
    missing: int = 0
    lacking: str = ""


def compared(text: str, references: Sequence[Fingerprint], reference_text: str | None) -> list[Piece]:
    """A text against the one of several texts of a licence that it has most of."""
    mine = set(hashes_of(normal_form(text).words))
    nearest = max(references, key=lambda each: len(mine.intersection(each.hashes)))
    return list(_pieces(text, differences(text, nearest, reference_text)))


def _pieces(text: str, places: Sequence[Difference]) -> Iterator[Piece]:
    at = 0
    for number, place in enumerate(places[:MOST_PLACES]):
        yield from _same(text[at : place.start], first=number == 0, last=False)
        yield Piece("added", place.added, place.missing, place.lacking)
        at = place.end
    yield from _same(text[at:], first=not places, last=True)


def _same(text: str, *, first: bool, last: bool) -> Iterator[Piece]:
    """What both have; of a long stretch only what is next to a difference."""
    head, tail = 0 if first else AROUND, 0 if last else AROUND
    if len(text) <= head + tail + AROUND:
        if text:
            yield Piece("same", text)
        return
    if head:
        yield Piece("same", text[:head])
    yield Piece("left out")
    if tail:
        yield Piece("same", text[-tail:])
