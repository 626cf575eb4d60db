"""How open a licence is, in three classes that people ask for, by what its text allows (licences.json)."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum
from functools import cache

from hub.licensing.catalogue import Licence, catalogue, known


class Openness(StrEnum):
    """From the most open on. What no licence of the catalogue is declared for is in none of them."""

    OPEN = "open"
    CONDITIONS = "conditions"
    RESEARCH = "research"


# By the beginning of a licence's kind; the first that fits counts.
CLASSES: tuple[tuple[str, Openness], ...] = (
    ("non-commercial", Openness.RESEARCH),
    ("research-only", Openness.RESEARCH),
    # What permits much and asks for something that other licences do not.
    ("permissive +", Openness.CONDITIONS),
    ("permissive", Openness.OPEN),
    ("public-domain", Openness.OPEN),
    ("copyleft", Openness.OPEN),
    ("weak copyleft", Openness.OPEN),
    ("share-alike", Openness.OPEN),
    ("data permissive", Openness.OPEN),
    ("data share-alike", Openness.OPEN),
    ("data, computational use only", Openness.CONDITIONS),
    ("RAIL", Openness.CONDITIONS),
    ("community", Openness.CONDITIONS),
    ("revenue-capped", Openness.CONDITIONS),
    ("no-derivatives", Openness.CONDITIONS),
)


def openness_of(licence: Licence | None) -> Openness | None:
    """The class of a licence; None for none, and for a family whose members differ."""
    if licence is None:
        return None
    return next((found for kind, found in CLASSES if licence.kind.startswith(kind)), None)


@cache
def licences_in(openness: Openness) -> tuple[str, ...]:
    """How cards spell the licences of a class, in lower case."""
    names: set[str] = set()
    for licence in catalogue():
        if openness_of(licence) == openness:
            names |= {licence.id, *licence.spdx, *licence.aliases}
    return tuple(sorted({name.lower() for name in names}))


def counted(licences: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """From how often each licence is declared, how often each class is; in the classes' order."""
    counts: Counter[Openness] = Counter()
    for declared, number in licences:
        found = openness_of(known(declared))
        if found is not None:
            counts[found] += number
    return [(str(each), counts[each]) for each in Openness if counts[each]]
