"""An ancestor's limits to use have to be in the licence of what is made of it."""

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.facts import Facts
from hub.licensing.findings import Severity
from hub.licensing.rules.base import FlowRule, all_read


class UseRestrictions(FlowRule):
    """Other terms are allowed if they hold these limits; that cannot be checked of a text nobody knows, nor
    of a licence with limits of its own. Those of one family have the same.
    """

    id = "L10"
    title = _("An ancestor's limits to use are left out")
    severity = Severity.CONFLICT
    asked_in = "use_restrictions"
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
        families = (set(each.members) for each in book if licence.id in each.members)
        return licence.id in own or any(own & members for members in families)

    def unclear(self, facts: Facts, book: Book, licence: Licence, own: frozenset[str]) -> bool:
        return not all_read(own, book) or any(limits(book[key]) for key in own)


def limits(licence: Licence) -> bool:
    """Whether it forbids uses that the law allows."""
    return licence.use_restrictions in {"list", "url"}
