"""The card says that it learned from answers of a model whose licence does not allow that."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, from_above, once_each, stated
from hub.licensing.terms import ancestry


class Outputs(Rule):
    """Only the publisher knows whose answers they were: it is asked, not held against it."""

    id = "L16"
    title = _("Trained on answers of another model")
    severity = Severity.WARNING
    says = {
        "no_other_llm": _(
            "The card says that it was trained on answers of models. %(base)s says %(licence)s: its answers "
            "may not improve other models."
        ),
        "noncommercial": _(
            "The card says that it was trained on answers of models. %(base)s says %(licence)s: its answers "
            "may not be used commercially."
        ),
    }
    mends = {
        "no_other_llm": _("Say in the card whose answers they were."),
        "noncommercial": _("Say in the card whose answers they were."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        if not facts.trained_on_outputs:
            return
        above = [(one, book[one.key]) for one in ancestry(facts) if one.key in book]
        for one, licence in once_each(above).values():
            if licence.outputs in self.says:
                yield self.found(
                    licence.id,
                    case=licence.outputs,
                    evidence=[from_above(one, licence, "outputs"), stated(facts, "tags")],
                    meant={"base": one.identity},
                    base=one.name,
                    licence=licence.name,
                )
