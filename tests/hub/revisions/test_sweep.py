"""Verification goes on whatever dies: a worker, its connection, the broker."""

import base64
import json
from datetime import timedelta
from threading import Event, Thread

import psycopg
import pytest
import redis
from celery import Celery
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from hub.queue import enqueue
from hub.revisions import tasks
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob
from storage import uploads
from storage.models import Blob, Upload
from tests.factories.accounts import make_user
from tests.factories.repositories import commit, make_repository, upload

QUEUE = "celery"


@pytest.fixture
def waiting(settings):
    """Commit a large file and return its upload, which waits for a worker."""
    settings.VERIFY_INLINE_LIMIT = 10

    def made(name="large.bin", data=b"weights" * 100):
        repository = make_repository(owner := make_user())
        sha256 = upload(repository, owner, data)
        commit(repository, owner, [AddBlob(name, sha256, len(data))])
        return Upload.objects.get(sha256=sha256)

    return made


@pytest.mark.django_db(transaction=True)
def test_a_large_file_is_handed_to_a_worker_when_its_commit_has_landed(waiting, redis_connection):
    upload = waiting()
    assert upload.state == Upload.State.RECEIVED
    assert upload.queued_at is not None
    assert str(upload.pk).encode() in b"".join(decoded(redis_connection))


@pytest.mark.django_db(transaction=True)
def test_the_sweep_asks_again_for_what_was_asked_for_long_ago_and_for_nothing_else(waiting, redis_connection):
    lost, recent, done = waiting(data=b"a" * 100), waiting(data=b"b" * 100), waiting(data=b"c" * 100)
    long_ago = timezone.now() - timedelta(seconds=settings.RECHECK_AFTER + 1)
    Upload.objects.filter(pk__in=[lost.pk, done.pk]).update(queued_at=long_ago)
    tasks.verify(str(done.pk))
    redis_connection.delete(QUEUE)
    tasks.sweep()
    asked = b"".join(decoded(redis_connection))
    assert str(lost.pk).encode() in asked
    assert str(recent.pk).encode() not in asked
    assert str(done.pk).encode() not in asked


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_while_it_reads_leaves_the_work_to_the_next(waiting, monkeypatch):
    upload = waiting()
    reading, died = Event(), Event()
    original = uploads.s3.stream

    def slow(key):
        reading.set()
        died.wait(30)
        return original(key)

    failed = []

    def first_worker():
        try:
            tasks.verify(str(upload.pk))
        except DatabaseError as problem:
            failed.append(problem)
        finally:
            connection.close()

    monkeypatch.setattr(uploads.s3, "stream", slow)
    thread = Thread(target=first_worker)
    thread.start()
    assert reading.wait(30)
    tasks.verify(str(upload.pk))  # a second worker meanwhile passes by
    assert not Blob.objects.filter(pk=upload.sha256).exists()
    with psycopg.connect(dsn()) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        )
    died.set()
    thread.join(30)
    assert failed
    monkeypatch.setattr(uploads.s3, "stream", original)
    tasks.verify(str(upload.pk))
    assert Blob.objects.filter(pk=upload.sha256).exists()
    assert RepositoryBlob.objects.get(sha256=upload.sha256).state == RepositoryBlob.State.PRESENT


def test_an_absent_broker_fails_no_request_and_holds_none_up(caplog, monkeypatch):
    app = Celery("absent", broker="redis://127.0.0.1:1/0")

    @app.task(name="absent.task")
    def task(number):
        raise AssertionError("it must not run here")

    tried = []
    monkeypatch.setattr(app, "send_task", tried.append)
    monkeypatch.setattr("hub.queue.connection", lambda: redis.Redis(port=1, retry=Retry(NoBackoff(), 0)))
    assert enqueue(task, 7) is False
    assert "left to the sweep" in caplog.text
    assert not tried


@pytest.mark.django_db(transaction=True)
def test_dead_links_are_cleaned_up_after_and_live_things_are_not():
    repository = make_repository(owner := make_user())
    data = b"kept" * 100
    sha256 = upload(repository, owner, data)
    commit(repository, owner, [AddBlob("kept.bin", sha256, len(data))])
    abandoned = upload(repository, owner, b"abandoned")
    unfinished = uploads.begin_upload(
        scope=repository.subject, sha256="ab" * 32, size=64 * 1024 * 1024, user=owner, multipart=True
    ).upload
    fresh = upload(repository, owner, b"fresh")
    dead = timezone.now() - timedelta(seconds=settings.UPLOAD_LINK_SECONDS + 7200)
    Upload.objects.exclude(sha256=fresh).update(created_at=dead)
    assert uploads.discard_expired() == 3
    assert uploads.discard_expired() == 0
    kept = Blob.objects.get(pk=sha256)
    assert uploads.s3.size_of(kept.key) == len(data)
    assert uploads.s3.size_of(Upload.objects.get(sha256=fresh).key) == 5
    ended = Upload.objects.filter(sha256__in=[abandoned, unfinished.sha256])
    assert {upload.state for upload in ended} == {Upload.State.REFUSED}
    assert uploads.s3.size_of(unfinished.key) is None


def decoded(redis_connection) -> list[bytes]:
    """The bodies of the queued messages, out of their base64."""
    return [base64.b64decode(json.loads(item)["body"]) for item in redis_connection.lrange(QUEUE, 0, -1)]


def dsn() -> str:
    """How to reach the test's own database from outside Django."""
    values = connection.settings_dict
    return (
        f"host={values['HOST']} port={values['PORT']} dbname={values['NAME']}"
        f" user={values['USER']} password={values['PASSWORD']}"
    )
