"""An ancestor's agreement has to go along with what is made of it."""

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.findings import Severity
from hub.licensing.rules.base import FlowRule


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
    }
    mends = {"": _("Declare %(licence)s, and add its text as a file.")}

    def asks(self, licence: Licence) -> bool:
        return licence.share_alike == "agreement" and licence.relicense in {"agreement", "none"}

    def kept(self, licence: Licence, own: frozenset[str], book: Book) -> bool:
        return licence.id in own
