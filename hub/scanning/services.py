"""Queue scans: fresh content at once, new versions of scanners in the background."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from itertools import groupby

from celery import signature
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from hub.queue import enqueue, waiting
from hub.repos.models import Repository
from hub.revisions.selectors import blobs_of_commit
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.walks import next_newest, next_popular
from storage.models import Blob

SWEEP_BATCH = 1000
SWEEP_STRETCH = 1000
MOST_WAITING = 2000
# So many batches waiting for a worker are late, not lost.
LONG_QUEUE = 50
RECENT = timedelta(days=1)
# Of one task: small files together, so that what each costs beside its scan is shared; a large one alone.
BATCH_FILES = 64
BATCH_BYTES = 16 << 20
# A worker that looks at old files is free for a fresh one after so many.
BACKGROUND_FILES = 16
# So many batches of what somebody brought at once are looked at in turn with everybody's, others behind them.
FIRST_BATCHES = 2
# Where they wait: a worker takes from the first of these that has something.
QUEUE, MANY_QUEUE, BACKGROUND_QUEUE = "scans", "scans-many", "rescans"
# By name: the tasks are doors above these services.
SCAN = signature("hub.scanning.tasks.scan", queue=QUEUE)
SCAN_MANY = signature("hub.scanning.tasks.scan", queue=MANY_QUEUE)
RESCAN = signature("hub.scanning.tasks.rescan", queue=BACKGROUND_QUEUE)


def queue_scans(*, sha256s: Iterable[str]) -> int:
    """Have every scanner look at these blobs unless its version has or will; returns how many scans.

    What was scanned before, by another version or another scanner, waits in the background. What is about to
    be deleted is left alone, so that no scan is queued of a blob that is just going.
    """
    kept = Blob.objects.filter(condemned_at=None, pk__in=set(sha256s))
    sizes = dict(kept.values_list("pk", "size"))
    known, judged = set(), set()
    rows = Scan.objects.filter(blob_id__in=sizes)
    for sha256, scanner, version, finished_at in rows.values_list(
        "blob_id", "scanner", "version", "finished_at"
    ):
        known.add((sha256, scanner, version))
        judged |= {sha256} if finished_at else set()
    now = timezone.now()
    new = [
        Scan(blob_id=sha256, scanner=name, version=one.version, background=sha256 in judged, queued_at=now)
        for sha256 in sorted(sizes)
        for name, one in all_scanners().items()
        if (sha256, name, one.version) not in known
    ]
    Scan.objects.bulk_create(new, batch_size=500, ignore_conflicts=True)
    fresh = {scan.blob_id for scan in new if not scan.background}
    added = rows.filter(blob_id__in=fresh, state=Scan.State.QUEUED, attempts=0, background=False)
    ids = added.order_by("blob_id", "pk").values_list("pk", "blob_id")
    ask_after_commit(batches((pk, sha256, sizes[sha256]) for pk, sha256 in ids))
    return len(new)


def batches(scans: Iterable[tuple[int, str, int]], *, most: int = BATCH_FILES) -> list[list[int]]:
    """What one task each takes of scans (id, sha256, size in bytes), in which a file's are side by side."""
    made: list[list[int]] = []
    room_files = room_bytes = 0
    for _, of_file in groupby(scans, key=lambda scan: scan[1]):
        rows = list(of_file)
        size = rows[0][2]
        if not room_files or size > room_bytes:
            made.append([])
            room_files, room_bytes = most, BATCH_BYTES
        made[-1] += [pk for pk, _, _ in rows]
        room_files, room_bytes = room_files - 1, room_bytes - size
    return made


def queue_scans_of_commit(*, repository: Repository, commit: str) -> int:
    """Have what a commit brought scanned if its bytes are verified; the rest follows when they are."""
    return queue_scans(sha256s=blobs_of_commit(repository, commit))


@transaction.atomic
def resume_scans() -> int:
    """Ask again for scans that were asked for a while ago and have not ended; returns how many.

    None while more wait in the queue than one round asks for: those are late, not lost.
    """
    if waiting(QUEUE) + waiting(MANY_QUEUE) > LONG_QUEUE:
        return 0
    return _ask_again(background=False, most=SWEEP_BATCH)


@transaction.atomic
def feed_background() -> int:
    """Ask for as many background scans as a round may have (RESCANS_PER_MINUTE); returns how many.

    None while those of an earlier round wait: whatever somebody waits for goes first.
    """
    most = max(1, settings.RESCANS_PER_MINUTE * settings.SWEEP_SECONDS // 60)
    return 0 if waiting(BACKGROUND_QUEUE) else _ask_again(background=True, most=most)


def _ask_again(*, background: bool, most: int) -> int:
    stale = timezone.now() - timedelta(seconds=settings.RECHECK_AFTER)
    late = Scan.objects.exclude(state=Scan.State.DONE).filter(background=background, queued_at__lt=stale)
    rows = late.order_by("queued_at", "pk").select_for_update(of=("self",), skip_locked=True)
    found = list(rows.values_list("pk", "blob_id", "blob__size", "attempts")[:most])
    Scan.objects.filter(pk__in=[pk for pk, *_ in found]).update(queued_at=timezone.now())
    # What was tried before is tried alone.
    tried = [[pk] for pk, *_, attempts in found if attempts]
    first = sorted(((pk, sha256, size) for pk, sha256, size, attempts in found if not attempts), key=_file)
    together = batches(first, most=BACKGROUND_FILES if background else BATCH_FILES)
    ask_after_commit(together + tried, background=background)
    return len(found)


def _file(scan: tuple[int, str, int]) -> str:
    return scan[1]


def queue_missing_scans() -> int:
    """Queue what a current scanner has not seen, of the newest blobs and a stretch of all; returns how many.

    Round by round the stretches reach every blob, also for a new version of a scanner: the newest first, and
    those of the most downloaded repositories beside them. While many scans wait nothing is added: the
    workers would fall further behind what people wait for.
    """
    unfinished = Scan.objects.exclude(state=Scan.State.DONE).order_by("queued_at")
    if unfinished[:MOST_WAITING].count() == MOST_WAITING:
        return 0
    recent = Blob.objects.filter(created_at__gt=timezone.now() - RECENT).order_by("-created_at")
    newest = recent.values_list("pk", flat=True)[:SWEEP_STRETCH]
    versions = ",".join(f"{name}:{one.version}" for name, one in all_scanners().items())
    older = next_newest(walk=f"newest:{versions}", size=SWEEP_STRETCH)
    popular = next_popular(walk=f"popular:{versions}", size=SWEEP_STRETCH)
    return queue_scans(sha256s={*newest, *older, *popular})


@transaction.atomic
def rescan(*, sha256s: Collection[str], scanners: Collection[str] | None = None) -> int:
    """Have the scanners of these ids, or all, look at blobs again in the background; returns how many scans.

    What the same version said stays until it has said it anew, and so does a moderator's release of it.
    """
    current = {name: one for name, one in all_scanners().items() if scanners is None or name in scanners}
    again = 0
    for name, one in current.items():
        said = Scan.objects.filter(blob_id__in=sha256s, scanner=name, version=one.version)
        again += said.filter(state=Scan.State.DONE).update(
            state=Scan.State.QUEUED, attempts=0, background=True, queued_at=timezone.now()
        )
    return again + queue_scans(sha256s=sha256s)


@transaction.atomic
def note_flagged(*, sha256: str, scanner: str) -> None:
    """Note that people were asked about what a scanner found in a blob.

    What a worker looks at again right now is left alone: it may be about to say something else.
    """
    said = Scan.objects.filter(blob_id=sha256, scanner=scanner, flagged_at=None, finished_at__isnull=False)
    ids = list(said.select_for_update(skip_locked=True).values_list("pk", flat=True))
    Scan.objects.filter(pk__in=ids).update(flagged_at=timezone.now())


def ask_after_commit(asked: list[list[int]], *, background: bool = False) -> None:
    """Have the workers run these batches of scans."""

    def ask() -> None:
        for number, scan_ids in enumerate(asked):
            task = RESCAN if background else SCAN if number < FIRST_BATCHES else SCAN_MANY
            enqueue(task, scan_ids)

    transaction.on_commit(ask)
