"""Queue scans, run them, and keep what they say: each is safe to repeat, by any number of workers at once."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError
from celery import signature
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from hub.events import Event
from hub.queue import enqueue, waiting
from hub.repos.models import Repository
from hub.revisions.selectors import blobs_of_commit
from hub.scanning import sandbox
from hub.scanning.findings import Finding, Severity
from hub.scanning.models import Scan
from hub.scanning.sandbox import ScanFailed
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.base import Report, Scanner, ScannerAway
from hub.scanning.verdicts import Verdict
from hub.walks import next_stretch
from storage import readers
from storage import services as storage
from storage.models import Blob
from storage.xet.xorbs import XorbInvalid

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
SWEEP_BATCH = 200
SWEEP_STRETCH = 1000
MOST_WAITING = 2000
RECENT = timedelta(days=1)
FINDINGS_IN_EVENT = 20
# How the store says that an object is gone, which trying again does not mend.
LOST = {"NoSuchKey", "404"}
# By name: the task is a door above these services.
SCAN = signature("hub.scanning.tasks.scan")
# Where these wait (CELERY_TASK_ROUTES).
QUEUE = "scans"


def queue_scans(*, sha256s: Iterable[str]) -> int:
    """Have every scanner look at these blobs unless its version has or will; returns how many scans.

    What is about to be deleted is left alone, so that no scan is queued of a blob that is just going.
    """
    kept = Blob.objects.filter(condemned_at=None, pk__in=set(sha256s))
    wanted = set(kept.values_list("pk", flat=True))
    return sum(_queue(scanner.id, scanner.version, wanted) for scanner in all_scanners().values())


def _queue(scanner: str, version: str, wanted: set[str]) -> int:
    rows = Scan.objects.filter(blob_id__in=wanted, scanner=scanner, version=version)
    known = set(rows.values_list("blob_id", flat=True))
    new = sorted(wanted - known)
    now = timezone.now()
    Scan.objects.bulk_create(
        [Scan(blob_id=sha256, scanner=scanner, version=version, queued_at=now) for sha256 in new],
        batch_size=500,
        ignore_conflicts=True,
    )
    added = rows.filter(blob_id__in=new, state=Scan.State.QUEUED)
    _enqueue_after_commit(list(added.values_list("pk", flat=True)))
    return len(new)


def queue_scans_of_commit(*, repository: Repository, commit: str) -> int:
    """Have what a commit brought scanned if its bytes are verified; the rest follows when they are."""
    return queue_scans(sha256s=blobs_of_commit(repository, commit))


def scan_blob(*, scan_id: int) -> None:
    """Run one scan; nothing happens when it is done or when another worker has it.

    The row stays locked while the file is read, so a worker that dies gives it back. An attempt is counted
    before it begins: a file that was tried three times in vain is an error and not tried again.
    """
    if not _begin(scan_id):
        return
    with transaction.atomic():
        scan = _lock(scan_id)
        if scan is None:
            return
        scanner = all_scanners().get(scan.scanner)
        if scanner is None or scanner.version != scan.version:
            # Asked for by another version of the hub, during an upgrade: whoever has it will ask again.
            scan.delete()
        elif scan.attempts > MOST_ATTEMPTS:
            _finish(scan, _given_up("the workers that tried were ended"))
        else:
            _attempt(scan, scanner)


def _attempt(scan: Scan, scanner: Scanner) -> None:
    """Scan, and keep the report; without one the sweep asks again, until the last attempt is used up."""
    try:
        report = inspect_blob(scanner, scan.blob)
    except (BotoCoreError, ClientError, ScannerAway) as problem:
        log.warning("%s cannot be scanned now, left to the sweep: %s", scan.blob_id, problem)
        scan.attempts -= 1
        scan.save(update_fields=["attempts"])
    except ScanFailed as problem:
        log.warning("attempt %s to scan %s failed: %s", scan.attempts, scan.blob_id, problem)
        if scan.attempts >= MOST_ATTEMPTS:
            _finish(scan, _given_up(str(problem)))
    else:
        _finish(scan, report)


@transaction.atomic
def _begin(scan_id: int) -> bool:
    scan = _lock(scan_id)
    if scan is None:
        return False
    scan.attempts += 1
    scan.state = Scan.State.RUNNING
    scan.queued_at = timezone.now()
    scan.save(update_fields=["attempts", "state", "queued_at"])
    return True


def _lock(scan_id: int) -> Scan | None:
    open_scans = Scan.objects.exclude(state=Scan.State.DONE).select_for_update(skip_locked=True)
    return open_scans.filter(pk=scan_id).first()


def inspect_blob(scanner: Scanner, blob: Blob) -> Report:
    """What the scanner says of the blob.

    ScanFailed, also when the store lost it; ScannerAway, or the store's errors, when it is not its fault.
    """
    try:
        with readers.open_blob(blob) as reader:
            # A blob has as many names as repositories that hold it, so its verdict rests on none of them.
            examine = partial(sandbox.inspect, scanner) if scanner.confined else scanner.examine
            return examine(reader, size=blob.size)
    except ClientError as problem:
        if problem.response["Error"]["Code"] not in LOST:
            raise
        raise ScanFailed("the store no longer has its content") from problem
    except XorbInvalid as problem:
        raise ScanFailed("the store gives other content than was verified") from problem


def _given_up(why: str) -> Report:
    message = f"Scanning it failed {MOST_ATTEMPTS} times, so it was given up; the last time {why}."
    return Report.of([Finding("gave-up", message, "", Severity.ERROR)])


def _finish(scan: Scan, report: Report) -> None:
    """Keep the verdict, tell it, and withhold what is dangerous."""
    scan.state = Scan.State.DONE
    scan.verdict = report.verdict
    scan.findings = [finding.as_json() for finding in report.findings]
    scan.finished_at = timezone.now()
    scan.save()
    subject = f"blob:{scan.blob_id}"
    told = [finding for finding in scan.findings if finding["severity"] != Severity.INFO]
    audit.record(
        Event.SCAN_FINISHED,
        actor=None,
        subject=subject,
        scanner=scan.scanner,
        version=scan.version,
        verdict=scan.verdict,
        findings=told[:FINDINGS_IN_EVENT],
    )
    if report.verdict == Verdict.DANGEROUS and storage.quarantine(sha256=scan.blob_id):
        audit.record(Event.BLOB_QUARANTINED, actor=None, subject=subject, scanner=scan.scanner)


@transaction.atomic
def resume_scans() -> int:
    """Ask again for scans that were asked for a while ago and have not ended; returns how many.

    None while more wait in the queue than one round asks for: those are late, not lost.
    """
    if waiting(QUEUE) > SWEEP_BATCH:
        return 0
    stale = timezone.now() - timedelta(seconds=settings.RECHECK_AFTER)
    late = Scan.objects.exclude(state=Scan.State.DONE).filter(queued_at__lt=stale).order_by("queued_at")
    ids = list(late.select_for_update(skip_locked=True).values_list("pk", flat=True)[:SWEEP_BATCH])
    Scan.objects.filter(pk__in=ids).update(queued_at=timezone.now())
    _enqueue_after_commit(ids)
    return len(ids)


def queue_missing_scans() -> int:
    """Queue what a current scanner has not seen, of the newest blobs and a stretch of all; returns how many.

    Round by round the stretches reach every blob, also for a new version of a scanner. While many scans
    wait nothing is added: the workers would fall further behind what people wait for.
    """
    unfinished = Scan.objects.exclude(state=Scan.State.DONE).order_by("queued_at")
    if unfinished[:MOST_WAITING].count() == MOST_WAITING:
        return 0
    recent = Blob.objects.filter(created_at__gt=timezone.now() - RECENT).order_by("-created_at")
    newest = recent.values_list("pk", flat=True)[:SWEEP_STRETCH]
    return queue_scans(sha256s={*newest, *next_stretch(Blob.objects.all(), walk="scans", size=SWEEP_STRETCH)})


def _enqueue_after_commit(scan_ids: list[int]) -> None:
    transaction.on_commit(lambda: [enqueue(SCAN, scan_id) for scan_id in scan_ids])
