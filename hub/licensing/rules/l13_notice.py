"""A sentence that a licence demands is neither in the card nor in a notice file."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, in_force, once_each, shows

# Where the sentence belongs, by the kind of duty.
PLACES = {"notice_file": "notice", "ui_text": "readme"}


class Notice(Rule):
    """The licensor itself may leave it out, so without an ancestor under the licence it is only a hint."""

    id = "L13"
    title = _("A sentence that the licence demands is missing")
    severity = Severity.WARNING
    says = {
        "notice_file": _("%(licence)s wants this sentence in a file named NOTICE: “%(text)s”"),
        "ui_text": _("%(licence)s wants this to be shown, for example in the card: “%(text)s”"),
    }
    mends = {
        "notice_file": _("Add a file named NOTICE with the sentence."),
        "ui_text": _("Add the line to the card."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for one, licence in once_each(in_force(facts, book)).values():
            inherited = any(above.key == licence.id for above, _ in in_force(facts, book) if above.depth)
            for duty in licence.duties:
                place = PLACES.get(duty.kind)
                if place and duty.text and not shows(duty, facts):
                    yield self.found(
                        f"{licence.id}:{duty.kind}",
                        case=duty.kind,
                        severity=None if inherited else Severity.INFO,
                        evidence=[
                            Evidence(
                                ancestor=one.name if one.depth else "", licence=licence.id, clause=duty.clause
                            )
                        ],
                        patch={place: duty.text},
                        licence=licence.name,
                        text=duty.text,
                    )
