"""Nobody can say what a base's licence asks."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.compute.bases import OTHERS
from hub.licensing.catalogue import Book, Licence
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule
from hub.licensing.terms import ancestry, of_bases


class UnknownBase(Rule):
    """What is not known is never taken for no restriction, and contradicts nothing either."""

    id = "L25"
    title = _("The terms of an ancestor are not known")
    severity = Severity.INFO
    says = {
        "others": _("It names more models that it was made of than are followed; their terms are not known."),
        "away": _("%(base)s is not here; its terms are not known."),
        "unstated": _("What the terms of %(base)s are is not known."),
        "family": _("%(base)s says %(licence)s: which licence of this family applies is not known."),
        "unread": _("%(base)s says %(licence)s, which nobody here has read yet."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        bases = {base.name: base for base in reversed(facts.bases)}
        # Of a licence only the nearest origin comes down; of what is not known each base is told.
        for above in dict.fromkeys([*of_bases(facts), *ancestry(facts)]):
            licence = book.get(above.key)
            if licence and licence.read:
                continue
            base = bases.get(above.name)
            case = "away" if base and not base.seen else self._case(licence)
            case = "others" if above.name == OTHERS else case
            place = Evidence(base.path, base.field, base.line, above.name) if base else None
            yield self.found(
                f"{above.identity}:{above.key}",
                case=case,
                evidence=[place or Evidence(ancestor=above.name, licence=above.key)],
                meant={"base": above.identity},
                base=above.name,
                licence=book.name(above.key),
            )

    def _case(self, licence: Licence | None) -> str:
        if licence is None:
            return "unstated"
        return "family" if licence.family else "unread"
