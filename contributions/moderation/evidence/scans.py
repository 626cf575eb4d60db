"""What each scanner says of a blob: its verdict, what it found and where, and what the file imports."""

from dataclasses import dataclass
from datetime import datetime

from contributions.moderation.evidence.places import Place, place_of
from hub.scanning.findings import Severity
from hub.scanning.imports import Import, Safety
from hub.scanning.selectors import scans_of

MOST_FINDINGS = 50
_WEIGHT = {severity: weight for weight, severity in enumerate(Severity)}


@dataclass(frozen=True)
class Found:
    """A finding. `where` is the scanner's words for its place, by which an excerpt is asked for."""

    rule: str
    severity: Severity
    message: str
    where: str

    @property
    def place(self) -> Place:
        """The place, taken apart."""
        return place_of(self.where)


@dataclass(frozen=True)
class ScannerSays:
    """One scanner's last word; `verdict` is "" and `finished_at` None while it has said nothing.

    Findings and imports come with the worst first; `unshown` findings are only counted.
    """

    scanner: str
    version: str
    verdict: str
    finished_at: datetime | None
    findings: list[Found]
    unshown: int
    imports: list[Import]


def scans_said(sha256: str) -> list[ScannerSays]:
    """Every scanner's word on a blob, the one that judges first; one query."""
    said = []
    for scan in scans_of([sha256]).get(sha256, []):
        found = [Found(f["rule"], Severity(f["severity"]), f["message"], f["where"]) for f in scan.findings]
        found.sort(key=lambda finding: -_WEIGHT[finding.severity])
        imports = [Import(one["module"], one["name"], Safety(one["safety"])) for one in scan.imports]
        said.append(
            ScannerSays(
                scan.scanner,
                scan.version,
                scan.verdict,
                scan.finished_at,
                found[:MOST_FINDINGS],
                max(0, len(found) - MOST_FINDINGS),
                imports,
            )
        )
    return said
