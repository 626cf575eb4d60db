"""An ancestor's agreement has to go along with what is made of it."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import FlowRule, from_above
from hub.licensing.terms import ancestry, own_keys


class Agreement(FlowRule):
    """It does where the card declares it, or a file has its text."""

    id = "L11"
    title = _("An ancestor's agreement does not go along")
    severity = Severity.CONFLICT
    asked_in = "share_alike"
    says = {
        "": _(
            "%(base)s says %(licence)s: this agreement goes along with what is made of it. "
            "This model says %(own)s."
        ),
        "unclear": _(
            "%(base)s says %(licence)s: this agreement goes along with what is made of it. "
            "Whether this model's own terms hold it is not known."
        ),
        "copy": _(
            "%(base)s says %(licence)s: a copy of it goes along with what is made of it, whatever that is "
            "under. None is found here."
        ),
    }
    mends = {
        "": _("Declare %(licence)s, and add its text as a file."),
        "copy": _("Add the text of %(licence)s as a file."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        yield from super().look(facts, book)
        own = own_keys(facts, book)
        for above in ancestry(facts):
            licence = book.get(above.key)
            if licence and licence.id not in own and self._only_a_copy(licence):
                yield self.found(
                    f"{above.identity}:{above.key}",
                    meant={"base": above.identity},
                    case="copy",
                    severity=Severity.INFO,
                    evidence=[from_above(above, licence, self.asked_in)],
                    base=above.name,
                    licence=licence.name,
                )

    def _only_a_copy(self, licence: Licence) -> bool:
        return licence.share_alike == "agreement" and licence.relicense == "keeps_restrictions"

    def asks(self, licence: Licence) -> bool:
        return licence.share_alike == "agreement" and licence.relicense in {"agreement", "none"}

    def kept(self, licence: Licence, own: frozenset[str], book: Book) -> bool:
        return licence.id in own
