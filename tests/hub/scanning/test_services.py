"""Scans as rows: queued once, run by one worker, kept, told, and acted upon."""

import threading
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from hub.events import Event
from hub.repos.models import Repository
from hub.scanning import running, services, tasks, walks
from hub.scanning.models import Scan
from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.scanners.base import ScannerAway
from storage import s3
from storage.models import Blob
from tests import plans
from tests.builders import pickles as made
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, make_repository

BAD = made.calling("os", "system", "id", protocol=2)
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("only_the_judge")]


@pytest.fixture
def repository() -> Repository:
    """A repository with a harmless file and a dangerous one."""
    return make_repository(files={"README.md": b"# Words\n", "weights/model.pkl": BAD})


def scan_of(data: bytes) -> Scan:
    """The scan of the blob with these bytes."""
    return Scan.objects.get(blob__data=data)


def old(scan: Scan) -> None:
    """Let the scan have been queued long ago."""
    Scan.objects.filter(pk=scan.pk).update(queued_at=timezone.now() - timedelta(days=1))


def sent(task: str) -> list[int]:
    """The ids of the scans that the sweep asks one task for."""
    with mock.patch.object(services, "enqueue") as enqueue:
        tasks.sweep()
    batches = [call.args[1] for call in enqueue.call_args_list if call.args[0].task == task]
    return [scan_id for batch in batches for scan_id in batch]


def test_a_commit_has_each_file_that_it_brought_scanned_once(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    first = set(Scan.objects.values_list("pk", flat=True))
    tasks.scan_commit(repository.pk, repository.head)
    assert set(Scan.objects.values_list("pk", flat=True)) == first
    assert Scan.objects.filter(blob__data=BAD, state="queued").count() == 1
    assert Scan.objects.count() == 2  # .gitattributes came with an earlier commit


def test_a_repository_that_is_gone_queues_nothing():
    tasks.scan_commit(10**9, "0" * 40)
    assert not Scan.objects.exists()


def test_a_dangerous_file_is_quarantined_and_told(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.verdict, scan.attempts) == ("done", "dangerous", 1)
    assert scan.findings[0]["rule"] == "dangerous-import"
    assert "os.system" in scan.findings[0]["message"]
    assert scan.finished_at is not None
    assert Blob.objects.get(pk=scan.blob_id).state == Blob.State.QUARANTINED
    events = AuditEvent.objects.filter(subject=f"blob:{scan.blob_id}").order_by("pk")
    assert [event.event for event in events] == [
        Event.SCAN_FINISHED,
        Event.BLOB_QUARANTINED,
        Event.SUBJECT_FLAGGED,
    ]
    assert events[0].data["verdict"] == "dangerous"
    assert events[0].data["findings"]


def test_a_harmless_file_stays_where_it_is(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(b"# Words\n")
    tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.verdict) == ("done", "safe")
    assert Blob.objects.get(pk=scan.blob_id).state == Blob.State.VERIFIED
    assert not AuditEvent.objects.filter(event=Event.BLOB_QUARANTINED).exists()


def test_a_large_file_is_read_from_the_store():
    user = make_user()
    repository = make_repository(user)
    checkpoint = made.torch_file(BAD, **{"model/data/1": bytes(2_000_000)})
    sha256 = add_large(repository, user, "pytorch_model.bin", checkpoint)
    tasks.scan_content(sha256)
    tasks.scan([Scan.objects.get(blob_id=sha256).pk])
    assert Scan.objects.get(blob_id=sha256).verdict == "dangerous"


def test_content_that_is_not_verified_has_no_scan():
    tasks.scan_content("0" * 64)
    assert not Scan.objects.exists()


def test_a_finished_scan_is_not_run_again(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    tasks.scan([scan.pk])
    Blob.objects.filter(pk=scan.blob_id).update(state=Blob.State.VERIFIED)  # as a moderator releases it
    tasks.scan([scan.pk])
    assert Scan.objects.get(pk=scan.pk).attempts == 1
    assert Blob.objects.get(pk=scan.blob_id).state == Blob.State.VERIFIED


def test_a_scan_that_another_worker_runs_is_left_alone(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            Scan.objects.select_for_update().get(pk=scan.pk)
            holding.set()
            release.wait(20)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    assert holding.wait(20)
    tasks.scan([scan.pk])
    assert services.resume_scans() == 0
    release.set()
    other.join(20)
    scan.refresh_from_db()
    assert (scan.state, scan.attempts) == ("queued", 0)
    tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert scan.state == "done"


def test_a_file_that_brings_three_workers_down_is_an_error(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    with mock.patch.object(running.sandbox, "inspect_with", side_effect=SystemExit):
        for _ in range(3):
            with pytest.raises(SystemExit):
                tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.attempts) == ("running", 3)
    tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.verdict) == ("done", "error")
    assert scan.findings[0]["rule"] == "gave-up"


def test_a_file_that_fails_the_scanner_three_times_is_an_error_at_once(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    with mock.patch.object(ArtifactScanner, "inspect", side_effect=RecursionError):
        for attempt in (1, 2):
            tasks.scan([scan.pk])
            scan.refresh_from_db()
            assert (scan.state, scan.verdict, scan.attempts) == ("running", "", attempt)
        tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.verdict) == ("done", "error")
    assert "the scanner met an error of its own" in scan.findings[0]["message"]
    assert Blob.objects.get(pk=scan.blob_id).state == Blob.State.VERIFIED


def test_a_file_that_the_store_has_lost_is_an_error_after_three_attempts():
    user = make_user()
    sha256 = add_large(make_repository(user), user, "model.bin", b"\0" * 2_000_000)
    s3.delete(Blob.objects.get(pk=sha256).key)
    tasks.scan_content(sha256)
    scan = Scan.objects.get(blob_id=sha256)
    for _ in range(3):
        tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.verdict, scan.attempts) == ("done", "error", 3)
    assert "no longer has its content" in scan.findings[0]["message"]


def test_a_scan_that_another_version_of_the_hub_asked_for_is_left_to_that_version(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    Scan.objects.update(version="next")
    tasks.scan([scan_of(BAD).pk])
    assert not Scan.objects.filter(blob__data=BAD).exists()
    with mock.patch.object(ArtifactScanner, "version", "next"):
        tasks.sweep()
        tasks.scan([scan_of(BAD).pk])
        assert scan_of(BAD).verdict == "dangerous"


def test_what_does_not_answer_a_scanner_is_no_fault_of_the_file(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    away = mock.patch.object(ArtifactScanner, "inspect", side_effect=ScannerAway("nobody answers"))
    with mock.patch.object(ArtifactScanner, "confined", False), away:
        for _ in range(running.MOST_ATTEMPTS + 1):
            tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.attempts, scan.verdict) == ("running", 0, "")


def test_an_absent_store_is_no_fault_of_the_file(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    scan = scan_of(BAD)
    absent = EndpointConnectionError(endpoint_url="http://127.0.0.1")
    with mock.patch.object(running.readers, "open_blob", side_effect=absent):
        tasks.scan([scan.pk])
    scan.refresh_from_db()
    assert (scan.state, scan.attempts) == ("running", 0)
    old(scan)
    assert scan.pk in sent("hub.scanning.tasks.scan")


def test_the_sweep_asks_again_for_what_waited_too_long(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    waiting, fresh = scan_of(BAD), scan_of(b"# Words\n")
    old(waiting)
    asked = sent("hub.scanning.tasks.scan")
    assert waiting.pk in asked
    assert fresh.pk not in asked
    assert Scan.objects.get(pk=waiting.pk).queued_at > timezone.now() - timedelta(
        seconds=settings.RECHECK_AFTER
    )
    assert sent("hub.scanning.tasks.scan") == []


@pytest.mark.parametrize("queue", [services.QUEUE, services.MANY_QUEUE])
def test_the_sweep_asks_for_nothing_again_while_a_queue_is_long(
    repository: Repository, redis_connection, queue: str
):
    tasks.scan_commit(repository.pk, repository.head)
    old(scan_of(BAD))
    redis_connection.rpush(queue, *range(services.LONG_QUEUE + 1))
    assert services.resume_scans() == 0
    redis_connection.delete(queue)
    assert services.resume_scans() == 1


def test_a_large_commit_lets_small_ones_pass(monkeypatch: pytest.MonkeyPatch, redis_connection):
    monkeypatch.setattr(services, "batches", partial(services.batches, most=1))
    large = make_repository(files={f"{number}.txt": b"%d of many" % number for number in range(5)})
    tasks.scan_commit(large.pk, large.head)
    waiting = [redis_connection.llen(queue) for queue in (services.QUEUE, services.MANY_QUEUE)]
    small = make_repository(files={"one.txt": b"one of few"})
    tasks.scan_commit(small.pk, small.head)
    assert waiting == [2, 3]
    assert [redis_connection.llen(queue) for queue in (services.QUEUE, services.MANY_QUEUE)] == [3, 3]


def test_the_sweep_finds_content_that_nobody_asked_to_scan(repository: Repository):
    assert not Scan.objects.exists()
    tasks.sweep()
    assert Scan.objects.count() == Blob.objects.count()


def test_the_sweep_reaches_every_blob_a_stretch_at_a_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(walks, "POPULAR", 0)
    monkeypatch.setattr(services, "SWEEP_STRETCH", 2)
    make_repository(files={f"{number}.txt": b"text %d" % number for number in range(4)})
    Blob.objects.update(created_at=timezone.now() - timedelta(days=30))
    everything = list(Blob.objects.order_by("-created_at", "-pk").values_list("pk", flat=True))
    assert len(everything) == 5
    for reached in (2, 4, 5, 5):
        tasks.sweep()
        assert set(Scan.objects.values_list("blob_id", flat=True)) == set(everything[:reached])
    with mock.patch.object(ArtifactScanner, "version", "next"):
        for _ in range(3):
            tasks.sweep()
        assert set(Scan.objects.filter(version="next").values_list("blob_id", flat=True)) == set(everything)


def test_the_sweep_finds_the_newest_content_at_once(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "SWEEP_STRETCH", 1)
    Blob.objects.bulk_create([Blob(sha256=letter * 64, size=1, data=b"x") for letter in "acf"])
    Blob.objects.exclude(pk="f" * 64).update(created_at=timezone.now() - timedelta(hours=1))
    Blob.objects.create(sha256="b" * 64, size=1, data=b"x")
    for newest in ("b", "bf"):
        tasks.sweep()
        assert set(Scan.objects.values_list("blob_id", flat=True)) == {letter * 64 for letter in newest}


def test_the_sweep_adds_nothing_while_many_scans_wait(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(services, "MOST_WAITING", 2)
    tasks.scan_commit(repository.pk, repository.head)
    tasks.sweep()
    assert Scan.objects.count() == 2
    tasks.scan([scan_of(BAD).pk])
    tasks.sweep()
    assert Scan.objects.count() == Blob.objects.count() > 2


def test_no_sweep_reads_a_whole_table(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(services, "SWEEP_STRETCH", 20)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO storage_blob (sha256, size, data, key, state, created_at)"
            " SELECT encode(sha256(n::text::bytea), 'hex'), 500, repeat('x', 500)::bytea, '', 'verified',"
            " now() - n * interval '1 hour' FROM generate_series(1, 5000) n"
        )
        cursor.execute(
            "INSERT INTO hub_scan (sha256, scanner, version, state, verdict, findings, attempts, queued_at)"
            " SELECT sha256, 'artifact', %s, 'done', 'safe', '[]', 1, now() FROM storage_blob"
            " WHERE created_at < now() - interval '150 minutes'",
            [ArtifactScanner.version],
        )
        cursor.execute("ANALYZE")
    with plans.recorded() as recorded:
        tasks.sweep()
    assert Scan.objects.filter(state="queued").count() == 2
    assert recorded
    assert [
        plan for plan in recorded if "Seq Scan on storage_blob" in plan or "Seq Scan on hub_scan" in plan
    ] == []


def test_a_new_version_of_a_scanner_looks_at_everything_again(repository: Repository):
    tasks.scan_commit(repository.pk, repository.head)
    tasks.scan([scan_of(BAD).pk])
    with mock.patch.object(ArtifactScanner, "version", "next"):
        tasks.sweep()
        assert Scan.objects.filter(blob__data=BAD).count() == 2
        tasks.scan([Scan.objects.get(blob__data=BAD, version="next").pk])
    assert set(Scan.objects.filter(blob__data=BAD).values_list("verdict", flat=True)) == {"dangerous"}
    assert AuditEvent.objects.filter(event=Event.BLOB_QUARANTINED).count() == 1


def test_landing_a_commit_and_verifying_a_file_wake_the_scanners():
    user = make_user()
    with mock.patch("hub.scanning.subscribers.enqueue") as enqueue:
        repository = make_repository(user, files={"a.pkl": BAD})
    asked = [call.args for call in enqueue.call_args_list]
    assert (tasks.scan_commit, repository.pk, repository.head) in asked
