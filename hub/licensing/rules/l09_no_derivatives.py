"""An ancestor's licence does not let what is made of it be passed on."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, from_above
from hub.licensing.terms import ancestry


class NoDerivatives(Rule):
    """A finetune, an adapter, a quantisation, a merge: no licence of their own helps."""

    id = "L09"
    title = _("Changed versions of an ancestor may not be shared")
    severity = Severity.CONFLICT
    says = {"": _("%(base)s says %(licence)s: changed versions may not be shared. This model is made of it.")}
    mends = {"": _("Ask the authors of %(base)s for their permission, and say in the card that you have it.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for above in ancestry(facts):
            licence = book.get(above.key)
            if licence and licence.derivatives in {"private", "no"}:
                yield self.found(
                    f"{above.identity}:{above.key}",
                    evidence=[from_above(above, licence, "derivatives")],
                    meant={"base": above.identity},
                    base=above.name,
                    licence=licence.name,
                )
