"""Where in a text a licence stands, and how alike that passage and the licence are."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hub.licensing.references import References

# How many of a licence's trigrams a text must have before its place is looked for.
WORTH_A_LOOK = 0.5
# Most licences whose place is looked for at once; the largest families have thirty.
MOST_CANDIDATES = 12
_BUCKET = 64
_DENSE = 8


@dataclass(frozen=True)
class Passage:
    """A licence's place in a text, from its first trigram to its last, and what they have in common.

    `dice` is the coefficient of Dice (1945) and Sørensen (1948) of the two sets of trigrams: twice what both
    have, by what each has. `held` is the share of the licence that is there.
    """

    number: int
    start: int
    end: int
    shared: int
    lacking: int
    foreign: int

    @property
    def dice(self) -> float:
        return 2 * self.shared / (2 * self.shared + self.lacking + self.foreign)

    @property
    def held(self) -> float:
        return self.shared / (self.shared + self.lacking)

    @property
    def gain(self) -> int:
        """How much of the text the licence explains: larger licences win over their parts."""
        return self.shared - self.lacking - self.foreign


class Ground:
    """The trigrams of a text that no licence explains yet."""

    def __init__(self, hashes: Sequence[int], references: References) -> None:
        self.hashes = hashes
        self.references = references
        self.taken = bytearray(len(hashes))
        self._places: dict[int, list[int]] = defaultdict(list)
        self._shared: Counter[int] = Counter()
        for place, hashed in enumerate(hashes):
            holders = references.holders(hashed)
            if holders:
                places = self._places[hashed]
                if not places:
                    self._shared.update(holders)
                places.append(place)

    def candidates(self) -> list[Passage]:
        """The passages that are most like a licence, best first."""
        sizes = self.references.sizes
        near = [
            (shared, number)
            for number, shared in self._shared.items()
            if shared >= WORTH_A_LOOK * sizes[number] and shared > 0
        ]
        near.sort(key=lambda each: (-(2 * each[0] - sizes[each[1]]), each[1]))
        found = (self._passage(number) for _, number in near[:MOST_CANDIDATES])
        return sorted(filter(None, found), key=lambda one: (-one.gain, one.number))

    def take(self, start: int, end: int) -> None:
        """A licence explains these trigrams."""
        for place in range(start, end):
            if self.taken[place]:
                continue
            self.taken[place] = 1
            hashed = self.hashes[place]
            places = self._places.get(hashed)
            if places is None:
                continue
            places.remove(place)
            if not places:
                self._shared.subtract(self.references.holders(hashed))

    def within(self, start: int, end: int) -> set[int]:
        """The different trigrams of a passage."""
        return set(self.hashes[start:end])

    def gaps(self) -> Iterator[tuple[int, int]]:
        """The stretches that no licence explains."""
        start = 0
        while (start := self.taken.find(0, start)) >= 0:
            end = self.taken.find(1, start)
            end = len(self.taken) if end < 0 else end
            yield start, end
            start = end

    def _passage(self, number: int) -> Passage | None:
        """A licence's densest place: where most trigrams are as far from its beginning as they should be."""
        first: dict[int, int] = {}
        for at, hashed in enumerate(self.references.all[number].hashes):
            first.setdefault(hashed, at)
        pairs = [
            (place, place - at) for hashed, at in first.items() for place in self._places.get(hashed, ())
        ]
        if not pairs:
            return None
        offsets = Counter(offset // _BUCKET for _, offset in pairs)
        best = max(offsets, key=lambda one: (offsets[one] + max(offsets[one - 1], offsets[one + 1]), -one))
        slack = _BUCKET + len(first) // 4
        low, high = best * _BUCKET - slack, (best + 1) * _BUCKET + slack
        places = sorted(place for place, offset in pairs if low <= offset <= high)
        start, end = _dense(places)
        inside = places[bisect_left(places, start) : bisect_right(places, end - 1)]
        shared = len({self.hashes[place] for place in inside})
        different = len(self.within(start, end))
        return Passage(number, start, end, shared, self.references.sizes[number] - shared, different - shared)


def _dense(places: list[int]) -> tuple[int, int]:
    """From the first to the last place that is not alone: a stray trigram does not stretch a passage."""
    start, end = 0, len(places) - 1
    while start + _DENSE < len(places) and places[start + _DENSE] - places[start] > 2 * _DENSE:
        start += 1
    while end - _DENSE > start and places[end] - places[end - _DENSE] > 2 * _DENSE:
        end -= 1
    return places[start], places[end] + 1
