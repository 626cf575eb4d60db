"""How open a licence is, in three classes that people ask for, by what its text allows (licences.json)."""

from collections import Counter
from collections.abc import Iterable
from enum import StrEnum

from hub.licensing.catalogue import Book, Licence


class Openness(StrEnum):
    """From the most open on. What no licence of the catalogue is declared for is in none of them."""

    OPEN = "open"
    CONDITIONS = "conditions"
    RESEARCH = "research"


# By the licence's kind.
CLASSES: dict[str, Openness] = {
    "permissive": Openness.OPEN,
    "public-domain": Openness.OPEN,
    "copyleft": Openness.OPEN,
    "weak-copyleft": Openness.OPEN,
    "share-alike": Openness.OPEN,
    "conditions": Openness.CONDITIONS,
    "rail": Openness.CONDITIONS,
    "community": Openness.CONDITIONS,
    "no-derivatives": Openness.CONDITIONS,
    "noncommercial": Openness.RESEARCH,
    "research": Openness.RESEARCH,
}


def openness_of(licence: Licence | None) -> Openness | None:
    """The class of a licence; None for none, and for a family whose members differ."""
    return CLASSES.get(licence.kind) if licence else None


def licences_in(openness: Openness, book: Book) -> tuple[str, ...]:
    """How cards spell the licences of a class, in lower case."""
    names: set[str] = set()
    for licence in book:
        if openness_of(licence) == openness:
            names |= {licence.id, *licence.spdx, *licence.aliases}
    return tuple(sorted({name.lower() for name in names}))


def counted(licences: Iterable[tuple[str, int]], book: Book) -> list[tuple[str, int]]:
    """From how often each licence is declared, how often each class is; in the classes' order."""
    counts: Counter[Openness] = Counter()
    for declared, number in licences:
        found = openness_of(book.known(declared))
        if found is not None:
            counts[found] += number
    return [(str(each), counts[each]) for each in Openness if counts[each]]
