"""What scanners found, as sentences: what does it, where in the file, and how bad that is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hub.scanning.findings import Severity
from hub.scanning.models import Scan

# The last part of a finding's place: "model/data.pkl, byte 12" is in a member, "line 3" in the file itself.
_PLACE = re.compile(r"(?:(?P<member>.*), )?(?P<place>(?:byte|line|bytes at) \d+)", re.DOTALL)


@dataclass(frozen=True)
class Mark:
    """How bad something is: `level` picks the colour, `icon` the sign."""

    level: str
    icon: str
    words: Promise


MARKS = {
    Severity.DANGEROUS: Mark("bad", "✕", _("Dangerous")),
    Severity.SUSPICIOUS: Mark("wait", "!", _("Suspicious")),
    Severity.ERROR: Mark("wait", "?", _("Could not be read")),
    Severity.UNKNOWN: Mark("", "–", _("Not scanned")),
    Severity.NOTICE: Mark("wait", "!", _("Notice")),
    Severity.INFO: Mark("", "i", _("Information")),
}
WORST_FIRST = list(reversed(Severity))


@dataclass(frozen=True)
class Sentence:
    """A finding. `subject` is what does it, "" for the file; a `whole` message has a subject of its own."""

    rule: str
    severity: Severity
    subject: str
    message: str
    place: str

    @property
    def mark(self) -> Mark:
        return MARKS[self.severity]

    @property
    def whole(self) -> bool:
        return self.message[:1].isupper()


def sentences(scans: Iterable[Scan]) -> tuple[Sentence, ...]:
    """Everything that was found, the worst first."""
    found = [sentence(**finding) for scan in scans for finding in scan.findings]
    return tuple(sorted(found, key=lambda one: WORST_FIRST.index(one.severity)))


def sentence(*, rule: str, message: str, where: str, severity: str) -> Sentence:
    """One finding as a sentence."""
    at = _PLACE.fullmatch(where)
    subject, place = (at["member"] or "", at["place"]) if at else (where, "")
    return Sentence(rule, Severity(severity), subject, message.rstrip("."), place)
