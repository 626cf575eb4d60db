"""Which licences a text holds whole, and which of several that are nearly alike each is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from hub.licensing.passages import Ground, Passage
from hub.licensing.titles import Title

MOST_TEXTS = 60
# What is less similar, by the coefficient of Dice, is no licence's text;
CLOSE = 0.90
# but under a licence's title line it is that licence, changed.
TITLED = 0.6
# Words in front of a text among which its title stands.
HEAD = 40
# How much more of what only one of two licences says must be there than of what only the other says.
MARGIN = 0.5
# A licence that is so much less similar needs no telling apart.
AHEAD = 0.05


@dataclass(frozen=True)
class Pick:
    """A licence's place, with what else fits there."""

    passage: Passage
    key: str
    runner_up: str = ""
    lead: float = 0.0
    undecided: bool = False
    # The title line of another licence stands over it.
    denied: bool = False


def whole_licences(ground: Ground, titles: Sequence[Title] = ()) -> list[Pick]:
    """The whole licences in a text, one after the other, the one that explains most of it first."""
    picks: list[Pick] = []
    while len(picks) < MOST_TEXTS and (candidates := ground.candidates()):
        judged = (_judged(one, candidates, ground, titles) for one in candidates)
        pick = next(filter(None, judged), None)
        if pick is None:
            ground.give_up(candidates)
        else:
            picks.append(pick)
            ground.take(pick.passage.start, pick.passage.end)
    return picks


def _judged(
    passage: Passage, candidates: list[Passage], ground: Ground, titles: Sequence[Title]
) -> Pick | None:
    """What a passage is taken for beside the other candidates; None when it is not whole enough."""
    references = ground.references
    key = references.all[passage.number].key
    named = _named(passage, titles)
    others = {}
    for other in candidates:
        other_key = references.all[other.number].key
        if other_key != key and other.shares_place(passage):
            others.setdefault(other_key, other)
    rival = _rival(ground, passage, others)
    if named and named != key and named in others and passage.dice - others[named].dice <= 1 - CLOSE:
        # The title names the other of two that are alike; undecided when the text says the contrary.
        lead = others[named].dice - passage.dice
        return Pick(others[named], named, key, lead, undecided=rival != named)
    if passage.dice < (TITLED if named == key else CLOSE):
        return None
    runner_up = max(others, key=lambda one: others[one].dice, default="")
    lead = passage.dice - others[runner_up].dice if runner_up else passage.dice
    titled = named == key
    return Pick(
        passage, key, rival or runner_up, lead, bool(rival) and not titled, bool(named) and not titled
    )


def _named(passage: Passage, titles: Sequence[Title]) -> str:
    """The key in the last title line over a passage or at its beginning; "" for none."""
    over = [one for one in titles if passage.start - HEAD <= one.start <= passage.start + HEAD // 4]
    return over[-1].key if over else ""


def _rival(ground: Ground, passage: Passage, others: dict[str, Passage]) -> str:
    """The key of another licence that nothing tells apart from the one that fits best; "" for none."""
    for key, other in others.items():
        if passage.dice - other.dice > AHEAD:
            continue
        there = ground.within(min(passage.start, other.start), max(passage.end, other.end))
        mine, its = (ground.references.all[one.number].hashes for one in (passage, other))
        if leaning(there, mine, its) < MARGIN:
            return key
    return ""


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
