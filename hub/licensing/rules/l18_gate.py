"""A base is behind a gate, what is made of it is not."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule


class Gate(Rule):
    """No licence asks it of derivatives, but whoever agreed at the gate may wonder."""

    id = "L18"
    title = _("A base has a gate, this model has none")
    severity = Severity.INFO
    says = {"": _("%(base)s is given only to those who agree to its terms, this model to everybody.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for base in facts.bases:
            if base.gated and base.seen and not facts.gated:
                evidence = [Evidence(base.path, base.field, base.line, ancestor=base.name)]
                meant = {"base": base.identity}
                yield self.found(base.identity, evidence=evidence, meant=meant, base=base.name)
