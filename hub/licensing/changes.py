"""Whether what a text has besides a licence, or lacks of it, can change what it allows.

Two texts may be nearly the same, and one word be "not": how alike they are says nothing of that.
"""

import re
from collections.abc import Collection, Sequence

from hub.licensing.differences import apart
from hub.licensing.fingerprints import SIZE, hashes_of

# Words in a row that differ: a name, a date or an address; more are a clause.
LONGEST = 6
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
    """Whether a text, from trigram `start` to `end`, is a licence with changes that can matter.

    The two are laid beside each other, for a word that is new in its place may stand elsewhere as well.
    """
    own = words[start : end + SIZE - 1]
    for (first, last), (lost_first, lost_last) in apart(hashes[start:end], licence, len(own)):
        if last - first > LONGEST or lost_last - lost_first > (PREAMBLE if lost_first == 0 else LONGEST):
            return True
        if limits(own[first:last]) or _thresholds(own[max(first - 1, 0) : last + 1]):
            return True
        if lost_first < lost_last and _lost(
            own[max(first - SIZE + 1, 0) : first], licence[max(lost_first - SIZE + 1, 0) : lost_last]
        ):
            return True
    return False


def limits(words: Sequence[str]) -> bool:
    """Whether words that are in no licence allow, forbid or limit something, or are a version's number."""
    return any(word in LIMITING or _VERSION.fullmatch(word) for word in words)


def _thresholds(words: Sequence[str]) -> bool:
    return any(word.isdigit() and after in _UNITS for word, after in zip(words, words[1:], strict=False))


def _lost(before: Sequence[str], lost: Collection[int]) -> bool:
    """Whether a limiting word of the licence stood behind these two; only its hashes are known."""
    return len(before) == SIZE - 1 and any(hashes_of([*before, word])[0] in lost for word in LIMITING)
