"""Where in a text a licence stands, and how alike that passage and the licence are."""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from hub.licensing.references import References

# How many of a licence's trigrams a text must have before its place is looked for.
WORTH_A_LOOK = 0.5
# How much as good as the best the others must be that are looked at with it.
NEARLY = 0.4
# Most licences whose place is looked for at once; the largest families have thirty.
MOST_CANDIDATES = 12
# So many places of a trigram are looked at, the first; the others come when these are explained.
MOST_PLACES = 60
_BUCKET = 16


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

    def shares_place(self, other: "Passage") -> bool:
        """Whether more than half of the shorter one of two is in the other."""
        common = min(self.end, other.end) - max(self.start, other.start)
        return 2 * common > min(self.end - self.start, other.end - other.start)

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
        # By reference how many of its trigrams are here, and which of them need not be looked at again.
        self._shared = [0] * len(references.all)
        self._hopeless: set[int] = set()
        self._passages: dict[int, Passage] = {}
        for place, hashed in enumerate(hashes):
            holders = references.holders(hashed)
            if holders:
                places = self._places[hashed]
                if not places:
                    for number in holders:
                        self._shared[number] += 1
                places.append(place)

    def candidates(self) -> list[Passage]:
        """The passages that are most like a licence and those nearly as much, best first."""
        sizes = self.references.sizes
        # The gain that a licence has if all of its trigrams are in one place.
        hopes = [
            (2 * shared - sizes[number], number)
            for number, shared in enumerate(self._shared)
            if shared and shared >= WORTH_A_LOOK * sizes[number] and number not in self._hopeless
        ]
        hopes.sort(key=lambda each: (-each[0], each[1]))
        near = [number for hope, number in hopes[:MOST_CANDIDATES] if hope >= NEARLY * hopes[0][0]]
        for number in near:
            if number not in self._passages:
                self._passages[number] = self._passage(number)
        found = [self._passages[number] for number in near]
        return sorted(found, key=lambda one: (-one.gain, one.number))

    def give_up(self, passages: Iterable[Passage]) -> None:
        """None of these is enough of its licence."""
        self._hopeless.update(passage.number for passage in passages)

    def take(self, start: int, end: int) -> None:
        """A licence explains these trigrams."""
        self._passages = {
            number: one for number, one in self._passages.items() if one.end <= start or end <= one.start
        }
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
                for number in self.references.holders(hashed):
                    self._shared[number] -= 1

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

    def _passage(self, number: int) -> Passage:
        """A licence's densest place: where most trigrams are as far from its beginning as they should be."""
        pairs: list[tuple[int, int]] = []
        for at, hashed in enumerate(self.references.all[number].hashes):
            if places := self._places.get(hashed):
                pairs += [(place, place - at) for place in places[:MOST_PLACES]]
        offsets = Counter([offset // _BUCKET for _, offset in pairs])
        best = max(offsets, key=lambda one: (offsets[one] + max(offsets[one - 1], offsets[one + 1]), -one))
        slack = _BUCKET + self.references.sizes[number] // 4
        low, high = best * _BUCKET - slack, (best + 1) * _BUCKET + slack
        places = sorted({place for place, offset in pairs if low <= offset <= high})
        start, end = _densest(places)
        inside = places[bisect_left(places, start) : bisect_right(places, end - 1)]
        shared = len({self.hashes[place] for place in inside})
        different = len(self.within(start, end))
        return Passage(number, start, end, shared, self.references.sizes[number] - shared, different - shared)


def _densest(places: list[int]) -> tuple[int, int]:
    """The stretch with the most places over what is between them (the largest sum, after Kadane)."""
    best = (1, places[0], places[0] + 1)
    run, start, before = 1, places[0], places[0]
    for place in places[1:]:
        run -= place - before - 1
        if run <= 0:
            run, start = 0, place
        run, before = run + 1, place
        if run > best[0]:
            best = (run, start, place + 1)
    return best[1:]
