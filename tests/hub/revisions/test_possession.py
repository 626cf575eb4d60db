"""A hash is not the bytes: what a lie shows, what a slow worker holds up, what a lost one can break."""

import hashlib
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread, current_thread

import pytest
from django.conf import settings as hub_settings
from django.db import DatabaseError, connection
from django.utils import timezone

from accounts.models import AuditEvent
from hub.errors import BlobRefused
from hub.revisions import settling
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob
from hub.revisions.selectors import blobs_of_commit, find_file, list_tree, resolve_revision
from hub.revisions.uploads import begin_upload, confirm_upload, finish_upload, resume_waiting, verify
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.selectors import repository_status
from storage import readers, s3, uploads
from storage.errors import UploadUnknown
from storage.models import Blob, Upload
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository, put, send, upload

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 30


@pytest.fixture
def owner():
    """Somebody with a repository."""
    return make_user("ada")


@pytest.fixture
def thing(owner):
    """The repository."""
    return make_repository(owner, name="thing")


@pytest.fixture
def large(settings):
    """Leave everything to the workers."""
    settings.VERIFY_INLINE_LIMIT = 1


def sha256_of(data: bytes) -> str:
    """The sha256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def receive(repository, user, data: bytes, *, claim: bytes | None = None):
    """Begin an upload, send bytes, and say so; returns the ticket."""
    sha256 = sha256_of(data if claim is None else claim)
    ticket = begin_upload(repo=repository, actor_user=user, sha256=sha256, size=len(data))
    put(ticket.part_urls[0], data)
    confirm_upload(repo=repository, sha256=sha256, size=len(data), user=user)
    return ticket


def test_a_card_by_somebody_elses_hash_tells_nothing_of_their_file(thing, owner, large):
    victim = make_user()
    secret = b"---\nlicense: secret-licence\ntags: [secret-tag]\n---\nSecret words"
    make_repository(victim, visibility="private", files={"notes.md": secret})
    receive(thing, owner, b"j" * 50, claim=secret)
    commit(thing, owner, [AddBlob("README.md", sha256_of(secret), 50)])
    thing.refresh_from_db()
    assert (thing.card, thing.tags) == ({}, [])
    assert "secret" not in f"{thing.description} {thing.search}".lower()
    verify(upload_id=Upload.objects.get(scope=thing.subject).pk)
    thing.refresh_from_db()
    assert thing.card == {}


@pytest.mark.parametrize("refused", [False, True])
def test_a_lie_tells_nothing_of_what_was_found_in_somebody_elses_file(thing, owner, settings, refused):
    victim = make_user()
    private = make_repository(victim, visibility="private")
    secret = b"secret weights"
    settings.VERIFY_INLINE_LIMIT = 1000
    sha256 = add_large(private, victim, "w.bin", secret)
    settings.VERIFY_INLINE_LIMIT = 1
    finding = {"rule": "x", "message": "imports os.system", "where": "w.bin", "severity": "dangerous"}
    for scanner in all_scanners().values():
        row = {"state": "done", "verdict": "dangerous", "findings": [finding], "queued_at": timezone.now()}
        Scan.objects.update_or_create(
            blob_id=sha256, scanner=scanner.id, version=scanner.version, defaults=row
        )
    ticket = receive(thing, owner, b"j" * 50, claim=secret)
    commit(thing, owner, [AddBlob("x.bin", sha256, 50)])
    if refused:
        verify(upload_id=ticket.upload_id)
    entries = list_tree(resolve_revision(thing, "main"))
    assert repository_status(entries)["filesWithIssues"] == []
    client = RawPathClient()
    client.force_login(owner)
    for address in (
        "/ada/thing",
        "/ada/thing/tree/main",
        "/ada/thing/blob/main/x.bin",
        "/api/models/ada/thing?securityStatus=true",
        "/api/models/ada/thing/tree/main?expand=true",
    ):
        page = client.get(address).content.decode()
        assert "os.system" not in page
        assert "unsafe" not in page


def test_a_small_file_stays_one_when_somebody_uploads_the_same_bytes_as_a_large_one(thing, owner):
    other = make_repository(make_user(), name="config", files={"config.json": b"{}"})
    address = f"{other.url_path}/resolve/main/config.json"
    assert RawPathClient().head(address).status_code == 200
    add_large(thing, owner, "x.bin", b"{}")
    assert RawPathClient().head(address).status_code == 200


class SlowWorker:
    """A worker that stands still in the middle of a verification until it is let go."""

    def __init__(self, monkeypatch, module, name: str) -> None:
        self.standing, self.go = Event(), Event()
        self.backend = 0
        self.failed = False
        original = getattr(module, name)

        def slow(*args, **kwargs):
            if current_thread() is self.thread:
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_backend_pid()")
                    self.backend = cursor.fetchone()[0]
                self.standing.set()
                self.go.wait(SECONDS)
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, slow)

    def start(self, upload_id: str) -> None:
        """Begin, and return when it stands."""
        self.thread = Thread(target=self._work, args=(upload_id,))
        self.thread.start()
        assert self.standing.wait(SECONDS)

    def _work(self, upload_id: str) -> None:
        try:
            verify(upload_id=upload_id)
        except DatabaseError:
            self.failed = True
        finally:
            connection.close()

    def lose_connection(self) -> None:
        """End its connection to the database, and with it its lock."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [self.backend])

    def end(self) -> None:
        """Let it go on, and wait for its end."""
        self.go.set()
        self.thread.join(SECONDS)
        assert not self.thread.is_alive()


def test_neither_a_commit_nor_the_sweep_waits_for_a_worker_that_reads(thing, owner, large, monkeypatch):
    data = b"d" * 50
    ticket = receive(thing, owner, data)
    worker = SlowWorker(monkeypatch, uploads, "_mismatch")
    worker.start(ticket.upload_id)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '5s'")
        commit(thing, owner, [AddBlob("x.bin", sha256_of(data), 50)])
        Upload.objects.update(queued_at=timezone.now() - timedelta(hours=1))
        assert resume_waiting() == 1
    finally:
        worker.end()
        connection.close()
    resume_waiting()
    verify(upload_id=ticket.upload_id)
    assert find_file(resolve_revision(thing, "main"), "x.bin").availability == "present"


def test_a_worker_that_lost_its_lock_cannot_write_over_verified_bytes(thing, owner, monkeypatch):
    good, evil = b"g" * 50, b"e" * 50
    ticket = receive(thing, owner, good)
    worker = SlowWorker(monkeypatch, s3, "copy")
    worker.start(ticket.upload_id)
    worker.lose_connection()
    verify(upload_id=ticket.upload_id)
    blob = Blob.objects.get(pk=sha256_of(good))
    put(ticket.part_urls[0], evil)
    worker.end()
    assert worker.failed
    with readers.open_blob(blob) as reader:
        assert reader.read() == good


def test_the_clean_up_spares_an_upload_that_is_completed_under_its_hands(thing, owner, settings, monkeypatch):
    settings.MULTIPART_THRESHOLD = 1
    data = b"d" * 50
    ticket = begin_upload(repo=thing, actor_user=owner, sha256=sha256_of(data), size=50)
    etag = put(ticket.part_urls[0], data)
    long_ago = timezone.now() - timedelta(days=8)
    Upload.objects.update(created_at=long_ago)
    original = s3.abort_multipart

    def late(key, multipart_id):
        with suppress(UploadUnknown):
            finish_upload(upload_id=ticket.upload_id, parts=[(1, etag)])
        original(key, multipart_id)

    monkeypatch.setattr(s3, "abort_multipart", late)
    uploads.discard_expired()
    assert not Blob.objects.filter(pk=sha256_of(data)).exists()
    assert Upload.objects.get().state == Upload.State.REFUSED
    assert s3.size_of(ticket_key(ticket)) is None


def ticket_key(ticket) -> str:
    """The key that a ticket's links write to."""
    return ticket.part_urls[0].partition("?")[0].partition(f"/{hub_settings.S3_BUCKET}/")[2]


def test_what_a_refused_uploads_link_still_writes_is_cleaned_up(thing, owner):
    ticket = begin_upload(repo=thing, actor_user=owner, sha256=sha256_of(b"good"), size=4)
    put(ticket.part_urls[0], b"evil")
    with pytest.raises(BlobRefused):
        commit(thing, owner, [AddBlob("x", sha256_of(b"good"), 4)])
    put(ticket.part_urls[0], b"stay")
    Upload.objects.update(created_at=timezone.now() - timedelta(days=8))
    uploads.discard_expired()
    assert s3.size_of(ticket_key(ticket)) is None


def test_a_refused_upload_is_not_confirmed(thing, owner, large):
    ticket = receive(thing, owner, b"lies", claim=b"true")
    verify(upload_id=ticket.upload_id)
    with pytest.raises(BlobRefused):
        confirm_upload(repo=thing, sha256=sha256_of(b"true"), size=4, user=owner)


def test_a_second_ticket_that_was_never_used_does_not_hide_the_bytes(thing, owner):
    data = b"weights"
    first = begin_upload(repo=thing, actor_user=owner, sha256=sha256_of(data), size=7)
    put(first.part_urls[0], data)
    begin_upload(repo=thing, actor_user=owner, sha256=sha256_of(data), size=7)
    confirm_upload(repo=thing, sha256=sha256_of(data), size=7, user=owner)
    commit(thing, owner, [AddBlob("w.bin", sha256_of(data), 7)])


def test_a_refused_object_can_be_uploaded_again_and_is_scanned_with_that_commit(
    thing, owner, large, settings
):
    good = b"good weights"
    ticket = receive(thing, owner, b"j" * 50, claim=good)
    commit(thing, owner, [AddBlob("w.bin", sha256_of(good), 50)])
    verify(upload_id=ticket.upload_id)
    assert find_file(resolve_revision(thing, "main"), "w.bin").availability == "refused"
    settings.VERIFY_INLINE_LIMIT = 1000
    upload(thing, owner, good)
    oid = commit(thing, owner, [AddBlob("w.bin", sha256_of(good), len(good))])
    entry = find_file(resolve_revision(thing, "main"), "w.bin")
    assert (entry.availability, entry.size) == ("present", len(good))
    assert blobs_of_commit(thing, oid) == [sha256_of(good)]


def test_a_verification_that_ends_while_a_commit_notes_it_is_found_by_the_sweep(
    thing, owner, large, settings, monkeypatch
):
    settings.RECHECK_AFTER = 0
    data = b"d" * 50
    receive(thing, owner, data)
    original = uploads.hold_uploads

    def hold(upload_ids):
        states = original(upload_ids)
        verify(upload_id=str(upload_ids[0]))
        return states

    monkeypatch.setattr(uploads, "hold_uploads", hold)
    monkeypatch.setattr(settling, "enqueue", lambda *_: False)
    commit(thing, owner, [AddBlob("x.bin", sha256_of(data), 50)])
    assert RepositoryBlob.objects.get(sha256=sha256_of(data)).state == "checking"
    monkeypatch.setattr(settling, "enqueue", lambda _, upload_id: verify(upload_id=upload_id))
    assert resume_waiting() == 1
    assert RepositoryBlob.objects.get(sha256=sha256_of(data)).state == "present"


def test_verifying_again_tells_nothing_new(thing, owner, large):
    ticket = receive(thing, owner, b"weights")
    commit(thing, owner, [AddBlob("w.bin", sha256_of(b"weights"), 7)])
    for _ in range(3):
        verify(upload_id=ticket.upload_id)
    assert AuditEvent.objects.filter(event="upload.verified").count() == 1


def test_an_upload_into_another_repository_cannot_be_finished_here(thing, owner, settings):
    settings.MULTIPART_THRESHOLD = 1
    other = make_repository(owner)
    ticket = begin_upload(repo=other, actor_user=owner, sha256=sha256_of(b"data"), size=4)
    parts = [(1, put(ticket.part_urls[0], b"data"))]
    for upload_id in (ticket.upload_id, "not-an-id"):
        with pytest.raises(UploadUnknown):
            finish_upload(upload_id=upload_id, parts=parts, repo=thing)
    finish_upload(upload_id=ticket.upload_id, parts=parts, repo=other)


def test_the_queries_of_a_commit_do_not_grow_with_its_large_files(
    thing, owner, django_assert_max_num_queries
):
    contents = [f"weights {number}".encode() for number in range(30)]
    for data in contents:
        upload(thing, owner, data)
    settling.settle_uploads(repository=thing, paths={sha256_of(data): "f" for data in contents}, user=owner)
    operations = [AddBlob(f"{number}.bin", sha256_of(data)) for number, data in enumerate(contents)]
    with django_assert_max_num_queries(40):
        commit(thing, owner, operations)


def test_a_card_that_came_as_a_large_file_is_the_card(thing, owner):
    card = b"---\nlicense: apache-2.0\n---\n# Large\n"
    add_large(thing, owner, "README.md", card)
    thing.refresh_from_db()
    assert thing.licence == "apache-2.0"


def test_what_a_stranger_sent_under_a_hash_stands_in_nobodys_way(thing, owner):
    stranger, data = make_user(), b"the true weights"
    how = {"sha256": sha256_of(data), "size": len(data)}
    send(begin_upload(repo=thing, actor_user=stranger, **how), b"x" * len(data))
    confirm_upload(repo=thing, user=stranger, **how)
    assert begin_upload(repo=thing, actor_user=stranger, **how).present
    own = begin_upload(repo=thing, actor_user=owner, **how)
    assert not own.present
    send(own, data)
    commit(thing, owner, [AddBlob("a.bin", how["sha256"], len(data))])
    assert find_file(resolve_revision(thing, None), "a.bin").availability == "present"
