"""What somebody requires of licences, and what of it is not met (pure)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hub.licensing.catalogue import Book
from hub.licensing.facts import UNKNOWN, Inherited
from hub.licensing.terms import Terms


@dataclass(frozen=True)
class Required:
    """What has to hold; what is left out does not matter.

    `commercial` is the answers that do. `allow` and `deny` are ids of licences: of the repository's own one
    and of those that come down to it, all have to be among the former and none among the latter.
    """

    commercial: frozenset[str] = frozenset()
    derivatives: bool = False
    licence_text: bool = False
    no_conflict: bool = False
    no_unknown: bool = False
    allow: frozenset[str] | None = None
    deny: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Conflict:
    """A contradiction that nobody has settled, in words."""

    rule: str
    key: str
    message: str


@dataclass(frozen=True)
class Situation:
    """Where a commit stands: every licence that binds it, its own at depth 0 without a name."""

    licences: tuple[Inherited, ...]
    terms: Terms
    licence_text: bool
    conflicts: tuple[Conflict, ...] = ()


@dataclass(frozen=True)
class Unmet:
    """Something that is not met: a code for programs, words for people, and what it is about."""

    code: str
    message: str
    licence: str = ""
    ancestor: str = ""
    finding: str = ""

    def as_json(self) -> dict[str, Any]:
        """Only what it is about."""
        said = vars(self)
        return {name: value for name, value in said.items() if value}


def unmet(required: Required, here: Situation, book: Book) -> list[Unmet]:
    """What is not met, in the order of the requirements."""
    return [*_terms(required, here, book), *_files(required, here), *_licences(required, here, book)]


def _terms(required: Required, here: Situation, book: Book) -> Iterator[Unmet]:
    wanted = {"commercial": required.commercial, "derivatives": {"yes"} if required.derivatives else None}
    asked = {"commercial": "commercial use", "derivatives": "sharing changed versions"}
    for question, answers in wanted.items():
        row = here.terms.row(question)
        if not answers or row.answer in answers:
            continue
        source = next((each for each in row.sources if each.answer == row.answer), None)
        key, ancestor = (source.key, source.name) if source else ("", "")
        whose = f"{book.name(key)}, the licence of {ancestor or 'this repository'}," if key else "It"
        said = {
            "no": f"{whose} does not allow {asked[question]}.",
            "private": f"{whose} does not allow {asked[question]}.",
            "conditional": f"{whose} allows {asked[question]} with conditions only.",
            UNKNOWN: f"Whether {ancestor or 'this repository'} allows {asked[question]} is not known.",
        }
        yield Unmet(question, said[row.answer], key, ancestor)


def _files(required: Required, here: Situation) -> Iterator[Unmet]:
    if required.licence_text and not here.licence_text:
        yield Unmet("licence_text", "No file holds the text of a licence.")
    for conflict in here.conflicts if required.no_conflict else ():
        yield Unmet("conflict", conflict.message, finding=conflict.key)


def _licences(required: Required, here: Situation, book: Book) -> Iterator[Unmet]:
    for each in here.licences:
        whose = f"the licence of {each.name}" if each.name else "its licence"
        unread = each.key not in book or not book[each.key].read
        if required.no_unknown and unread:
            yield Unmet("unknown", f"What {whose} says is not known.", each.key, each.name)
        if required.allow is not None and each.key not in required.allow:
            words = f"{book.name(each.key)}, {whose}, is not among those that are allowed."
            yield Unmet("not_allowed", words, each.key, each.name)
        if each.key in required.deny:
            yield Unmet("denied", f"{book.name(each.key)}, {whose}, is denied.", each.key, each.name)
