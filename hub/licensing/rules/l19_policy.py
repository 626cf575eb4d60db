"""What is forbidden stands on a page that its owner may change."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, in_force, once_each


class Policy(Rule):
    """Told of the model's own licence and of those above it."""

    id = "L19"
    title = _("The limits to use may change")
    severity = Severity.INFO
    says = {"": _("%(licence)s: its limits to use stand on a page of the licensor, which may change.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for one, licence in once_each(in_force(facts, book)).values():
            if licence.use_restrictions == "url":
                clause = licence.clauses.get("use_restrictions", "")
                ancestor = one.name if one.depth else ""
                evidence = [Evidence(ancestor=ancestor, licence=licence.id, clause=clause)]
                yield self.found(licence.id, evidence=evidence, licence=licence.name)
