"""Which of two licences that are nearly alike a passage is."""

from collections.abc import Collection

# How much more of what only one of two licences says must be there than of what only the other says.
MARGIN = 0.5
# Two licences from here on are asked to be told apart.
NEAR = 0.8


def leaning(there: Collection[int], one: Collection[int], other: Collection[int]) -> float:
    """From 1, all of what only `one` says and nothing of what only the other says, to -1 for the reverse.

    What a licence that is a part of the other says on its own is nothing, which is always there.
    """
    there, one, other = set(there), set(one), set(other)
    if one == other:
        return 0.0
    return _share(there, one - other, nothing=1.0) - _share(there, other - one, nothing=0.0)


def _share(there: set[int], own: set[int], nothing: float) -> float:
    return len(own & there) / len(own) if own else nothing
