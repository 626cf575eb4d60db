"""What scanners have said of files until now, in whichever version."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from hub.scanning.models import Scan
from hub.scanning.verdicts import Verdict


@dataclass
class Earlier:
    """All that one scanner found in a file, and since when nobody need be asked about its last word.

    `owed` are the ids of its scans that suspect something nobody was asked about.
    """

    findings: list[Mapping[str, str]] = field(default_factory=list)
    flagged_at: datetime | None = None
    owed: set[int] = field(default_factory=set)


def earlier_words(scans: Collection[Scan]) -> defaultdict[tuple[str, str], Earlier]:
    """What was said until now, by file and scanner, of what these scans look at; one query."""
    said: defaultdict[tuple[str, str], Earlier] = defaultdict(Earlier)
    known = Scan.objects.filter(
        blob_id__in={scan.blob_id for scan in scans},
        scanner__in={scan.scanner for scan in scans},
        finished_at__isnull=False,
    )
    for scan in known.defer("imports").order_by("finished_at", "pk"):
        earlier = said[scan.blob_id, scan.scanner]
        earlier.findings += scan.findings
        earlier.flagged_at = scan.flagged_at
        if scan.verdict == Verdict.SUSPICIOUS and scan.flagged_at is None:
            earlier.owed.add(scan.pk)
    return said


def supersede(scan_ids: Collection[int]) -> None:
    """Let nobody be asked about what a scanner suspected whose newer word is there."""
    Scan.objects.filter(pk__in=scan_ids).update(flagged_at=timezone.now())
