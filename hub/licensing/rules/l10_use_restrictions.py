"""An ancestor's limits to use have to be in the licence of what is made of it."""

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.findings import Severity
from hub.licensing.rules.base import FlowRule, own_answer


class UseRestrictions(FlowRule):
    """Other terms are allowed if they hold these limits; of a text nobody knows that cannot be checked."""

    id = "L10"
    title = _("An ancestor's limits to use are left out")
    severity = Severity.CONFLICT
    asked_in = "use_restrictions"
    card_decides = False
    says = {
        "": _(
            "%(base)s says %(licence)s, whose limits to use must be in the terms of what is made of it. "
            "This model says %(own)s, which has none."
        ),
        "unclear": _(
            "%(base)s says %(licence)s, whose limits to use must be in the terms of what is made of it. "
            "Whether this model's own terms hold them cannot be checked."
        ),
    }
    mends = {"": _("Declare the licence of %(base)s, or terms that hold its limits to use.")}

    def asks(self, licence: Licence) -> bool:
        return licence.relicense == "keeps_restrictions" and limits(licence)

    def kept(self, licence: Licence, own: frozenset[str], book: Book) -> bool:
        return licence.id in own or own_answer(own, book, "use_restrictions") in {"list", "url"}


def limits(licence: Licence) -> bool:
    """Whether it forbids uses that the law allows."""
    return licence.use_restrictions in {"list", "url"}
