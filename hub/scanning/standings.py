"""What the scanners say of a blob all together, kept on the blob, so that no pull has to ask for scans."""

from collections import defaultdict
from collections.abc import Collection, Iterable

from django.db import transaction

from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.verdicts import JUDGE, Verdict, overall
from storage import services as storage
from storage.models import Blob


@transaction.atomic
def note_standings(*, sha256s: Collection[str]) -> None:
    """Keep on blobs what their scans say now; two reads and one UPDATE, however many there are.

    The blobs are locked first: of two workers with scans of one file, the second sees what the first kept.
    """
    storage.lock_blobs(sha256s)
    rows: dict[str, list[Scan]] = defaultdict(list)
    scans = Scan.objects.filter(blob_id__in=sha256s, scanner__in=all_scanners())
    for scan in scans.defer("findings"):
        rows[scan.blob_id].append(scan)
    storage.keep_scan_states({sha256: standing_of(found) for sha256, found in rows.items()})


def standing_of(scans: Iterable[Scan]) -> str:
    """The state (Blob.ScanState) of a blob with these scans by current scanners.

    What is looked at again keeps its last word until there is a new one. A file is queued while a scanner is
    still to have its first look, unless that look waits in the background, or the file is dangerous already.
    """
    known = list(scans)
    finished = [scan for scan in known if scan.finished_at]
    said = {scan.scanner: scan.verdict for scan in sorted(finished, key=lambda scan: scan.finished_at)}
    verdict = overall(said)
    waits = any(scan.scanner not in said and not scan.background for scan in known)
    if verdict != Verdict.DANGEROUS and (waits or JUDGE not in said):
        return Blob.ScanState.QUEUED
    return verdict.value or Blob.ScanState.UNSCANNED
