"""Run queued scans, a batch of files at a time: safe to repeat, by any number of workers at once."""

import logging
import time
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, BinaryIO

from botocore.exceptions import BotoCoreError, ClientError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts import audit
from hub.events import Event
from hub.scanning import sandbox
from hub.scanning.earlier import earlier_words, supersede
from hub.scanning.findings import TOLD_AT_MOST, Finding, Severity, news
from hub.scanning.models import Scan
from hub.scanning.sandbox import ScanFailed
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.base import Report, Scanner, ScannerAway
from hub.scanning.services import ask_after_commit
from hub.scanning.standings import note_standings
from hub.scanning.verdicts import JUDGE
from storage import readers
from storage import services as storage
from storage.models import Blob
from storage.xet.xorbs import XorbInvalid

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
# After so long a batch begins no other file, and what is left of it is queued again.
BATCH_SECONDS = 5
# How the store says that an object is gone, which trying again does not mend.
LOST = {"NoSuchKey", "404"}

Outcome = Report | ScanFailed | ScannerAway


@dataclass
class Batch:
    """What came of the scans of a batch: reports, attempts that do not count, and files never begun."""

    reports: list[tuple[Scan, Report]] = field(default_factory=list)
    put_off: list[Scan] = field(default_factory=list)
    unbegun: list[Scan] = field(default_factory=list)


def scan_batch(*, scan_ids: Collection[int]) -> None:
    """Run some scans, all of one file in one child; what is done, or what another worker has, is left alone.

    The rows stay locked while the files are read, so a worker that dies gives them back. An attempt is
    counted before it begins: a file that was tried three times in vain is an error and not tried again. What
    was tried before is tried alone, so that nothing is blamed for what was in the batch beside it.
    """
    begun = _begin(scan_ids)
    with transaction.atomic():
        batch = _run(list(_open(begun).select_related("blob")))
        _keep(batch.reports)
        uncounted = [scan.pk for scan in batch.put_off + batch.unbegun]
        Scan.objects.filter(pk__in=uncounted).update(attempts=F("attempts") - 1)
        if batch.unbegun:
            ask_after_commit(
                [[scan.pk for scan in batch.unbegun]], background=all(s.background for s in batch.unbegun)
            )


@transaction.atomic
def _begin(scan_ids: Collection[int]) -> list[int]:
    """Count an attempt at each scan; returns those to be run now."""
    scans = list(_open(scan_ids))
    current = {name: one.version for name, one in all_scanners().items()}
    # Asked for by another version of the hub, during an upgrade: whoever has it will ask again.
    foreign = [scan.pk for scan in scans if current.get(scan.scanner) != scan.version]
    Scan.objects.filter(pk__in=foreign).delete()
    ours = [scan for scan in scans if scan.pk not in foreign]
    alone = [scan for scan in ours if scan.attempts and len(ours) > 1]
    begun = [scan.pk for scan in ours if scan not in alone]
    now = timezone.now()
    Scan.objects.filter(pk__in=[scan.pk for scan in alone]).update(queued_at=now)
    for background in {scan.background for scan in alone}:
        asked = [[scan.pk] for scan in alone if scan.background == background]
        ask_after_commit(asked, background=background)
    running = {"attempts": F("attempts") + 1, "state": Scan.State.RUNNING, "queued_at": now}
    Scan.objects.filter(pk__in=begun).update(**running)
    return begun


def _open(scan_ids: Collection[int]) -> QuerySet[Scan]:
    """Lock what is not done and nobody else has, one file after the other."""
    unfinished = Scan.objects.exclude(state=Scan.State.DONE).filter(pk__in=scan_ids)
    return unfinished.select_for_update(of=("self",), skip_locked=True).order_by("blob_id", "pk")


def _run(scans: list[Scan]) -> Batch:
    batch = Batch()
    deadline = time.monotonic() + BATCH_SECONDS
    for _, of_file in groupby(scans, key=lambda scan: scan.blob_id):
        together = list(of_file)
        if time.monotonic() > deadline:
            batch.unbegun += together
        else:
            _attempt(together, batch)
    return batch


def _attempt(scans: list[Scan], batch: Batch) -> None:
    """Scan one file; without a report the sweep asks again, until the last attempt is used up."""
    tried = [scan for scan in scans if scan.attempts <= MOST_ATTEMPTS]
    batch.reports += [
        (scan, _given_up("the workers that tried were ended")) for scan in scans if scan not in tried
    ]
    scanners = [all_scanners()[scan.scanner] for scan in tried]
    try:
        outcomes = inspect_blob(scanners, scans[0].blob) if scanners else {}
    except (BotoCoreError, ClientError) as problem:
        log.warning("the store does not give %s, left to the sweep: %s", scans[0].blob_id, problem)
        batch.put_off += tried
        return
    for scan in tried:
        match outcomes[scan.scanner]:
            case Report() as report:
                batch.reports.append((scan, report))
            case ScannerAway() as problem:
                log.warning("%s does not answer, left to the sweep: %s", scan.scanner, problem)
                batch.put_off.append(scan)
            case problem:
                log.warning("attempt %s at %s failed: %s", scan.attempts, scan, problem)
                if scan.attempts >= MOST_ATTEMPTS:
                    batch.reports.append((scan, _given_up(str(problem))))


def inspect_blob(scanners: Iterable[Scanner], blob: Blob) -> dict[str, Outcome]:
    """What each scanner by its id says of the blob, or why not; raises the store's errors."""
    ordered = list(scanners)
    try:
        with readers.open_blob(blob) as reader:
            return inspect_file(ordered, reader, size=blob.size)
    except ClientError as problem:
        if problem.response["Error"]["Code"] not in LOST:
            raise
        return {scanner.id: ScanFailed("the store no longer has its content") for scanner in ordered}
    except XorbInvalid:
        words = "the store gives other content than was verified"
        return {scanner.id: ScanFailed(words) for scanner in ordered}


def inspect_file(
    scanners: Iterable[Scanner], reader: BinaryIO, *, size: int, path: str = ""
) -> dict[str, Outcome]:
    """What each scanner by its id says of an open file, or why not; errors of `reader` pass on.

    All that run confined are in one child, where the one that knows the formats is first.
    """
    ordered = sorted(scanners, key=lambda scanner: (scanner.id != JUDGE, scanner.id))
    confined = [scanner for scanner in ordered if scanner.confined]
    said: dict[str, Outcome] = {}
    if confined:
        said |= sandbox.inspect_with(confined, reader, size=size, path=path)
    for scanner in ordered:
        if not scanner.confined:
            said[scanner.id] = _passed_on(scanner, reader, size)
    return said


def _passed_on(scanner: Scanner, reader: BinaryIO, size: int) -> Outcome:
    try:
        return scanner.examine(reader, size=size)
    except ScannerAway as problem:
        return problem


@transaction.atomic
def keep_overheard(*, sha256: str, scanner: Scanner, report: Report) -> None:
    """Keep what a scanner said of bytes that it heard while they were verified.

    Its scan is locked, as by a worker; one that another worker runs already is left to that.
    """
    queued = {"queued_at": timezone.now()}
    of_blob = {"blob_id": sha256, "scanner": scanner.id, "version": scanner.version}
    scan, _ = Scan.objects.get_or_create(**of_blob, defaults=queued)
    if waiting := list(_open([scan.pk])):
        _keep([(one, report) for one in waiting])


def _given_up(why: str) -> Report:
    message = f"Scanning it failed {MOST_ATTEMPTS} times, so it was given up; the last time {why}."
    return Report.of([Finding("gave-up", message, "", Severity.ERROR)])


def _keep(reports: list[tuple[Scan, Report]]) -> None:
    """Keep the verdicts, tell them, and withhold what is dangerous.

    What a scanner has said of a file before, in whichever version, is no news: a moderator may have released
    the file since. Only what is new withholds it, and the event says when nothing is.
    """
    scans = [scan for scan, _ in reports]
    said = earlier_words(scans)
    new: dict[int, list[Mapping[str, str]]] = {}
    owed: set[int] = set()
    for scan, report in reports:
        earlier = said[scan.blob_id, scan.scanner]
        scan.state, scan.verdict = Scan.State.DONE, report.verdict
        scan.findings = [finding.as_json() for finding in report.findings]
        scan.imports = [one.as_json() for one in report.imports]
        scan.finished_at = timezone.now()
        new[scan.pk] = news(scan.findings, earlier.findings)
        scan.flagged_at = None if new[scan.pk] else earlier.flagged_at
        owed |= earlier.owed
    Scan.objects.bulk_update(scans, ["state", "verdict", "findings", "imports", "finished_at", "flagged_at"])
    supersede(owed - new.keys())
    note_standings(sha256s={scan.blob_id for scan in scans})
    acts = [(f"blob:{scan.blob_id}", _told(scan, new[scan.pk])) for scan in scans]
    audit.record_each(Event.SCAN_FINISHED, actor=None, acts=acts)
    bad = {scan.blob_id: scan.scanner for scan in scans if _is_dangerous(new[scan.pk])}
    withheld = sorted(storage.quarantine_each(bad)) if bad else []
    acts = [(f"blob:{sha256}", {"scanner": bad[sha256]}) for sha256 in withheld]
    audit.record_each(Event.BLOB_QUARANTINED, actor=None, acts=acts)


def _is_dangerous(findings: Iterable[Mapping[str, str]]) -> bool:
    return any(finding["severity"] == Severity.DANGEROUS for finding in findings)


def _told(scan: Scan, new: Collection[Mapping[str, str]]) -> dict[str, Any]:
    """What the event says: what is new first, and of that the worst, for it is why the file is withheld."""
    order = Severity.values
    told = [finding for finding in scan.findings if finding["severity"] != Severity.INFO]
    told.sort(key=lambda finding: (finding not in new, -order.index(finding["severity"])))
    return {
        "scanner": scan.scanner,
        "version": scan.version,
        "verdict": scan.verdict,
        "findings": told[:TOLD_AT_MOST],
        "again": not new,
    }
