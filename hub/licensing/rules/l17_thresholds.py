"""Somebody large, or somewhere, needs another licence."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, in_force, once_each


class Thresholds(Rule):
    """Told of the model's own licence and of those above it."""

    id = "L17"
    title = _("Commercial use has conditions")
    severity = Severity.INFO
    says = {
        "mau": _("%(licence)s: above %(limit)s users a month another licence is needed."),
        "mau-display": _("%(licence)s: above %(limit)s users a month a product shows “%(what)s”."),
        "revenue_year": _(
            "%(licence)s: above a revenue of %(limit)s US dollars a year another licence is needed."
        ),
        "revenue_month-display": _(
            "%(licence)s: above a revenue of %(limit)s US dollars a month a product shows “%(what)s”."
        ),
        "region": _(
            "%(licence)s: what is multimodal is not licensed to people and firms in the European Union."
        ),
        "computational": _("%(licence)s: it may be used to compute with it."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for one, licence in once_each(in_force(facts, book)).values():
            for condition in licence.conditions:
                shown = "-display" if condition.limit and condition.what else ""
                case = f"{condition.kind}{shown}"
                if case not in self.says:
                    continue
                clause = licence.clauses.get("commercial", "")
                ancestor = one.name if one.depth else ""
                yield self.found(
                    f"{licence.id}:{condition.kind}",
                    case=case,
                    evidence=[Evidence(ancestor=ancestor, licence=licence.id, clause=clause)],
                    licence=licence.name,
                    limit=str(condition.limit),
                    what=condition.what,
                )
