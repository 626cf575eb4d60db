"""Whether what a text has besides a licence, or lacks of it, can change what it allows.

Two texts may be nearly the same, and one word be "not": how alike they are says nothing of that.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from hub.licensing.fingerprints import SIZE, hashes_of

# Trigrams in a row that differ: six words, which is a name, a date or an address; longer is a clause.
LONGEST = 8
# What stands in front of the terms may lack: a title, a preamble.
PREAMBLE = 40
# Words that allow, forbid or limit.
LIMITING = frozenset(
    """
    not only never no none must shall may cannot except unless commercial commercially noncommercial nonprofit
    profit research academic educational prohibited forbidden restricted evil military
    """.split()  # noqa: SIM905
)
_VERSION = re.compile(r"\d+\.\d+")
# A number of these is a threshold.
_UNITS = frozenset(("million", "billion", "thousand", "users", "dollars", "usd", "percent", "months"))


def changes_terms(
    words: Sequence[str], hashes: Sequence[int], start: int, end: int, licence: Sequence[int]
) -> bool:
    """Whether a text, from trigram `start` to `end`, is a licence with changes that can matter."""
    own, there = set(licence), set(hashes[start:end])
    for first, last in _apart(licence, 0, len(licence), there):
        if last - first > (PREAMBLE if first == 0 else LONGEST):
            return True
    missing = own - there
    for first, last in _apart(hashes, start, end, own):
        if last - first > LONGEST or limits(words[first + SIZE - 1 : last]):
            return True
        if _thresholds(words[first : last + SIZE]) or _lost(words[first : first + SIZE - 1], missing):
            return True
    return False


def limits(words: Sequence[str]) -> bool:
    """Whether words that are in no licence allow, forbid or limit something, or are a version's number."""
    return any(word in LIMITING or _VERSION.fullmatch(word) for word in words)


def _thresholds(words: Sequence[str]) -> bool:
    return any(word.isdigit() and after in _UNITS for word, after in zip(words, words[1:], strict=False))


def _lost(before: Sequence[str], missing: Collection[int]) -> bool:
    """Whether a limiting word of the licence stood behind these two; only its hashes are known."""
    return any(hashes_of([*before, word])[0] in missing for word in LIMITING)


def _apart(hashes: Sequence[int], start: int, end: int, known: Collection[int]) -> Iterator[tuple[int, int]]:
    """The longest stretches of trigrams that are none of those that are known."""
    first = None
    for at in range(start, end):
        if hashes[at] in known:
            if first is not None:
                yield first, at
            first = None
        elif first is None:
            first = at
    if first is not None:
        yield first, end
