"""What a text has that a licence has not, and the reverse, found with the licence's fingerprint alone.

Common anchors are trigrams that stand once in both, in the longest chain of the same order (Cohen's patience
diff); what lies between two anchors is compared closely where it is short and as a whole where it is long.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from hub.licensing.fingerprints import SIZE, Fingerprint, hashes_of
from hub.licensing.normal_form import NormalForm, normal_form

# Trigrams on the one side by those on the other, at one place and in all: to compare takes quadratic time.
CLOSELY = 40_000
CLOSELY_IN_ALL = 1_000_000


@dataclass(frozen=True)
class Difference:
    """A place where a text and a licence part.

    Characters `start` to `end` of the text, which are `added`, stand where the licence has `missing` words;
    where the text only lacks something it has no characters. `lacking` holds what is missing, as the licence
    writes it, if its text was at hand.
    """

    start: int
    end: int
    added: str
    missing: int
    lacking: str = ""


def differences(text: str, reference: Fingerprint, reference_text: str | None = None) -> list[Difference]:
    """Where a text differs from a licence, in the text's order; punctuation and the like do not count."""
    form = normal_form(text)
    theirs = normal_form(reference_text) if reference_text is not None else None
    mine, its = hashes_of(form.words), reference.hashes if theirs is None else hashes_of(theirs.words)
    found = []
    for (start, end), (lost_from, lost_to) in apart(mine, its, len(form.words)):
        place, until = _characters(form, start, end, len(text))
        lacking = ""
        if theirs is not None and lost_from < lost_to:
            lacking = (reference_text or "")[theirs.starts[lost_from] : theirs.ends[lost_to - 1]]
        found.append(Difference(place, until, text[place:until], lost_to - lost_from, lacking))
    return found


def _characters(form: NormalForm, start: int, end: int, length: int) -> tuple[int, int]:
    """Where words stand in the text; for no words the place in front of the next one."""
    if start < end:
        return form.starts[start], form.ends[end - 1]
    place = form.starts[start] if start < len(form.starts) else length
    return place, place


Stretch = tuple[int, int]


def apart(mine: Sequence[int], its: Sequence[int], words: int) -> Iterator[tuple[Stretch, Stretch]]:
    """The words that are not the same, as stretches on both sides; `words` are how many the text has."""
    before, its_before = 0, 0
    for at, its_at, size in _common(mine, its):
        if size == 0:
            break
        yield from _between(before, at, its_before, its_at)
        before, its_before = at + size, its_at + size
    its_words = len(its) + SIZE - 1 if its else 0
    yield from _between(before, words, its_before, its_words)


def _between(before: int, at: int, its_before: int, its_at: int) -> Iterator[tuple[Stretch, Stretch]]:
    """From the word behind what both had until the one in front of what both have again.

    The last trigram before reaches two words on; where the same words come again, they count once.
    """
    start = before and before + SIZE - 1
    its_start = its_before and its_before + SIZE - 1
    over = max(start - at, its_start - its_at, 0)
    start, its_start = start - over, its_start - over
    if start < at or its_start < its_at:
        yield (start, at), (its_start, its_at)


def _common(mine: Sequence[int], its: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Runs of trigrams that both have in the same order, as (place, its place, length)."""
    ends = [*_chain(mine, its), (len(mine), len(its))]
    low, its_low = 0, 0
    run = (0, 0, 0)
    left = CLOSELY_IN_ALL
    for high, its_high in ends:
        area = (high - low) * (its_high - its_low)
        closely = area <= min(CLOSELY, left)
        left -= area if closely else 0
        for block in _close(mine, low, high, its, its_low, its_high, closely):
            run_at, run_its, run_size = run
            if (run_at + run_size, run_its + run_size) == block[:2]:
                run = (run_at, run_its, run_size + block[2])
                continue
            if run_size:
                yield run
            run = block
        low, its_low = high, its_high
    if run[2]:
        yield run


def _close(
    mine: Sequence[int], low: int, high: int, its: Sequence[int], its_low: int, its_high: int, closely: bool
) -> Iterator[tuple[int, int, int]]:
    """Runs in common between two anchors, the first of which they begin with."""
    start = low
    while low < high and its_low < its_high and mine[low] == its[its_low]:
        low, its_low = low + 1, its_low + 1
    if low > start:
        yield start, its_low - (low - start), low - start
    if closely and low < high and its_low < its_high:
        matcher = SequenceMatcher(None, mine[low:high].tolist(), list(its[its_low:its_high]), autojunk=False)
        for at, its_at, size in matcher.get_matching_blocks():
            if size:
                yield low + at, its_low + its_at, size


def _chain(mine: Sequence[int], its: Sequence[int]) -> list[tuple[int, int]]:
    """The longest chain of trigrams that stand once on both sides and in the same order on both."""
    once, its_once = Counter(mine), Counter(its)
    places = {hashed: at for at, hashed in enumerate(its) if its_once[hashed] == 1}
    pairs = [(at, places[hashed]) for at, hashed in enumerate(mine) if once[hashed] == 1 and hashed in places]
    tails: list[int] = []
    tail_pairs: list[int] = []
    previous: list[int] = []
    for number, (_, its_at) in enumerate(pairs):
        length = bisect_left(tails, its_at)
        previous.append(tail_pairs[length - 1] if length else -1)
        tails[length : length + 1] = [its_at]
        tail_pairs[length : length + 1] = [number]
    chain = []
    number = tail_pairs[-1] if tail_pairs else -1
    while number >= 0:
        chain.append(pairs[number])
        number = previous[number]
    return chain[::-1]
