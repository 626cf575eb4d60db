"""What every rule is: an id, how grave it is, its words, and one look at the facts."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from django.utils.functional import Promise

from hub.licensing.catalogue import OTHER, Book, Duty, Licence
from hub.licensing.facts import Facts, How, Inherited
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.terms import ancestry, answer, declared_keys, detected, own_files, own_keys, worst

# Words of a stranger are cut where they are too long for a sentence.
SHOWN = 200
# What tells a finding from others of its rule is kept in a column.
LONGEST_ABOUT = 250


class Rule(ABC):
    """Subclass it in a new file of this package.

    `says` and `mends` have a sentence for each case, with the finding's params in it; a case without words
    of its own to mend it has none.
    """

    id: str
    title: Promise
    severity: Severity
    # Whether the card's statement alone decides, so that it is told while somebody edits the card.
    of_the_statement = False
    says: ClassVar[Mapping[str, Promise]]
    mends: ClassVar[Mapping[str, Promise]] = {}

    @abstractmethod
    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        """What is to say, in any order."""

    def found(
        self,
        about: str = "",
        *,
        case: str = "",
        severity: Severity | None = None,
        evidence: Iterable[Evidence] = (),
        patch: Mapping[str, Any] | None = None,
        meant: Mapping[str, str] | None = None,
        **params: str,
    ) -> Finding:
        """A finding of this rule; `about` says of what, among those of one repository."""
        if len(about) > LONGEST_ABOUT:
            digest = hashlib.sha256(about.encode()).hexdigest()
            about = f"{about[: LONGEST_ABOUT - 65]}#{digest}"
        key = f"{self.id}:{about}" if about else self.id
        said = {name: value[:SHOWN] for name, value in params.items()}
        return Finding(
            self.id, severity or self.severity, key, case, said, tuple(evidence), patch, meant or {}
        )


class FlowRule(Rule):
    """What an ancestor's licence asks of those below, and their own licence does not keep.

    Where the own licence is not known, or nobody has read it, it may keep it: that is the case "unclear". It
    is not where the card names a licence that does not, whatever a text beside it says that nobody knows.
    """

    # The field of the catalogue whose clause is told.
    asked_in: ClassVar[str]

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        own = own_keys(facts, book)
        for above in ancestry(facts):
            licence = book.get(above.key)
            if licence and self.asks(licence) and not self.kept(licence, own, book):
                yield self._found(facts, book, above, licence, own)

    @abstractmethod
    def asks(self, licence: Licence) -> bool:
        """Whether the ancestor's licence asks it."""

    @abstractmethod
    def kept(self, licence: Licence, own: frozenset[str], book: Book) -> bool:
        """Whether the own licences keep it."""

    def _found(
        self, facts: Facts, book: Book, above: Inherited, licence: Licence, own: frozenset[str]
    ) -> Finding:
        unclear = self.unclear(facts, book, licence, own)
        meant = {"base": above.identity}
        if not all_read(own, book):
            # Whoever answers has read the texts that are here.
            meant["own"] = " ".join([*sorted(own), *texts(facts)])
        return self.found(
            f"{above.identity}:{above.key}",
            case="unclear" if unclear else "",
            severity=Severity.INFO if unclear else None,
            evidence=[from_above(above, licence, self.asked_in), stated(facts)],
            patch=None if unclear else take_over(licence, facts, book),
            meant=meant,
            base=above.name,
            licence=licence.name,
            own=named((key for key in own if key in book), book),
        )

    def unclear(self, facts: Facts, book: Book, licence: Licence, own: frozenset[str]) -> bool:
        """Whether the own licences may keep it all the same."""
        if all_read(own, book):
            return False
        declared = declared_keys(facts, book)
        if not declared or not all_read(declared, book):
            return True
        return self.kept(licence, declared, book) or licence.id in {found.key for found in detected(facts)}


def all_read(keys: frozenset[str], book: Book) -> bool:
    """Whether somebody has read each of these licences."""
    return all(key in book and book[key].read for key in keys)


def stated(facts: Facts, field: str = "license") -> Evidence:
    """Where the card says it."""
    return Evidence("README.md", field, facts.statement.lines.get(field, 0))


def texts(facts: Facts) -> list[str]:
    """The files that hold the own licence, each with its text."""
    return sorted(file.identity for file in own_files(facts))


def from_above(above: Inherited, licence: Licence | None, field: str) -> Evidence:
    """Where the ancestor's licence says it."""
    clause = licence.clauses.get(field, "") if licence else ""
    return Evidence(ancestor=above.name, licence=above.key, clause=clause)


def named(keys: Iterable[str], book: Book) -> str:
    """Licences as people call them."""
    return " + ".join(book.name(key) for key in sorted(keys))


def declaration(licence: Licence, facts: Facts) -> dict[str, str | None]:
    """The fields of a card that declare a licence; a link leads to the file that has its text, or nowhere."""
    if licence.declared_as_other:
        return {"license": OTHER, "license_name": licence.id, "license_link": _text_of(licence, facts)}
    return {"license": licence.id, "license_name": None, "license_link": None}


def _text_of(licence: Licence, facts: Facts) -> str | None:
    """The file that has a licence's text, unchanged if one has."""
    texts = [
        (found.how != How.EXACT, file.path)
        for file in own_files(facts)
        for found in file.found
        if found.key == licence.id and found.how in (How.EXACT, How.CONTAINED)
    ]
    return min(texts)[1] if texts else None


def take_over(licence: Licence, facts: Facts, book: Book) -> dict[str, Any] | None:
    """The patch that declares an ancestor's licence; None where another ancestor asks for another one, and
    where a file has the text of another one.
    """
    above = (book.get(one.key) for one in ancestry(facts))
    asking = {one.id for one in above if one and one.read and one.relicense != "any"}
    texts = {found.key for found in detected(facts) if found.how == How.EXACT}
    if asking != {licence.id} or (texts and licence.id not in texts):
        return None
    return {"card": declaration(licence, facts)}


def own_answer(own: Iterable[str], book: Book, question: str) -> str:
    """What the own licences say together."""
    return worst(question, (answer(book.get(key), question) for key in own))


def in_force(facts: Facts, book: Book) -> list[tuple[Inherited, Licence]]:
    """Every known licence, the own ones first, at depth 0 under the model's own name."""
    own = [Inherited(key, facts.name, 0) for key in sorted(own_keys(facts, book))]
    return [(one, book[one.key]) for one in (*own, *ancestry(facts)) if one.key in book]


def once_each(lines: Iterable[tuple[Inherited, Licence]]) -> dict[str, tuple[Inherited, Licence]]:
    """Each licence with its nearest origin."""
    found: dict[str, tuple[Inherited, Licence]] = {}
    for one, licence in lines:
        found.setdefault(licence.id, (one, licence))
    return found


def shows(duty: Duty, facts: Facts) -> bool:
    """Whether the card or a notice file has one of the sentences."""
    return not facts.phrases.isdisjoint(duty.texts)
