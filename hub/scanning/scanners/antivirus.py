"""The virus scanner of the operator: clamd gets the bytes and says what it knows them as."""

from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hub.scanning import clamd
from hub.scanning.findings import Finding, Severity, printable
from hub.scanning.scanners.base import Report, Scanner, ScannerAway

# What clamd answers to more than its StreamMaxLength.
TOO_LARGE = "INSTREAM size limit exceeded"


class AntivirusScanner(Scanner):
    """Passes every file on to clamd; it reads nothing itself, so it runs where the socket can be reached."""

    id = "antivirus"
    title = _("Viruses (ClamAV)")
    version = "1"
    confined = False

    @classmethod
    def lacks(cls) -> str:
        return "" if settings.CLAMD else "HUB_CLAMD, the socket of a clamd"

    def accepts(self, head: bytes, path: str) -> bool:
        return bool(head)

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        if size > settings.CLAMD_LIMIT:
            return _not_looked_at(f"it has {size} bytes, and {settings.CLAMD_LIMIT} is the limit")
        return report_of(clamd.stream(settings.CLAMD, reader))


def report_of(answer: str) -> Report:
    """What clamd's answer means; ScannerAway when it says nothing of the file."""
    if answer == "OK":
        return Report.of([])
    if answer.endswith(" FOUND"):
        name = printable(answer.removesuffix(" FOUND"))
        return Report.of([Finding("virus", f"is known to ClamAV as {name}", "", Severity.DANGEROUS)])
    if answer.startswith(TOO_LARGE):
        return _not_looked_at("it is larger than clamd takes (StreamMaxLength)")
    raise ScannerAway(f"clamd answered {printable(answer)}")


def _not_looked_at(why: str) -> Report:
    message = f"was not searched for viruses: {why}"
    return Report.of([Finding("not-looked-at", message, "", Severity.UNKNOWN)])
