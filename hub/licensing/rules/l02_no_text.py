"""A licence is declared, its text is not there."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, named, stated
from hub.licensing.terms import holds_text


class NoText(Rule):
    """Nearly every licence asks that its text goes along. Any text of the whole counts, also one nobody
    knows, but neither a name alone nor the text for a part.
    """

    id = "L02"
    title = _("The licence's text is missing")
    severity = Severity.WARNING
    says = {"": _("The card says %(licence)s, which asks that its text goes along; no file has it.")}
    mends = {"": _("Add the text as a file named LICENSE, with the copyright line filled in.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        if holds_text(facts):
            return
        ways = facts.statement.alternatives
        lacking = [[key for key in sorted(way) if self._asks(key, book)] for way in ways]
        if ways and all(lacking):
            keys = min(lacking)
            clauses = [Evidence(licence=key, clause=self._clause(key, book)) for key in keys]
            yield self.found(evidence=[stated(facts), *clauses], licence=named(keys, book))

    def _asks(self, key: str, book: Book) -> bool:
        return key in book and any(duty.kind == "licence_text" for duty in book[key].duties)

    def _clause(self, key: str, book: Book) -> str:
        return next(duty.clause for duty in book[key].duties if duty.kind == "licence_text")
