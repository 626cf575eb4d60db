"""An ancestor may not be used commercially, and its derivative says nothing of it."""

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.findings import Severity
from hub.licensing.rules.base import FlowRule, own_answer


class Commercial(FlowRule):
    """Whoever takes the derivative at its word uses the ancestor as its licence forbids."""

    id = "L07"
    title = _("Commercial use of an ancestor is forbidden")
    severity = Severity.CONFLICT
    asked_in = "commercial"
    says = {
        "": _("%(base)s says %(licence)s: no commercial use. This model says %(own)s, which allows it."),
        "unclear": _(
            "%(base)s says %(licence)s: no commercial use. "
            "Whether this model's own terms say so too is not known."
        ),
    }
    mends = {"": _("Declare a licence that keeps commercial use out, such as that of %(base)s.")}

    def asks(self, licence: Licence) -> bool:
        return licence.commercial == "no"

    def kept(self, licence: Licence, own: frozenset[str], book: Book) -> bool:
        return own_answer(own, book, "commercial") == "no"
