"""What is made of an ancestor must be under the same licence, or a compatible one."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import FlowRule, from_above, named, stated
from hub.licensing.terms import ancestry, own_keys


class ShareAlike(FlowRule):
    """Which licences are compatible, and in which direction, is in the catalogue. Data licences ask it of
    data, weak ones of files: neither of a model made with them.
    """

    id = "L08"
    title = _("An ancestor asks for the same licence")
    severity = Severity.CONFLICT
    asked_in = "share_alike"
    says = {
        "": _(
            "%(base)s says %(licence)s, which wants what is made of it under the same licence or a "
            "compatible one. This model says %(own)s. Whether that reaches weights is not settled by courts."
        ),
        "unclear": _(
            "%(base)s says %(licence)s, which wants what is made of it under the same licence or a "
            "compatible one. Whether this model's own terms are that is not known."
        ),
        "later": _(
            "%(base)s says %(licence)s, this model %(own)s: that is right only if %(base)s allows any "
            "later version."
        ),
    }
    mends = {"": _("Declare the licence of %(base)s or one that is compatible with it, or ask its authors.")}

    def asks(self, licence: Licence) -> bool:
        return licence.share_alike in {"strong", "network"}

    def kept(self, licence: Licence, own: frozenset[str], book: Book) -> bool:
        return bool(own & {licence.id, *licence.compatible, *licence.or_later})

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        yield from super().look(facts, book)
        own = own_keys(facts, book)
        for above in ancestry(facts):
            licence = book.get(above.key)
            if licence is None or own & {licence.id, *licence.compatible} or not own & {*licence.or_later}:
                continue
            yield self.found(
                f"{above.identity}:{above.key}",
                case="later",
                severity=Severity.INFO,
                evidence=[from_above(above, licence, "relicense"), stated(facts)],
                meant={"base": above.identity},
                base=above.name,
                licence=licence.name,
                own=named(own, book),
            )
