"""Whole objects beside chunks: made once, by one worker, never of other bytes, and dropped when cold."""

import io
from datetime import timedelta

import pytest
from django.utils import timezone

from storage import s3, wholes
from storage.models import Blob, Leftover, Upload, Xorb
from storage.services import keep_object
from storage.wholes import ContentLost, delete_leftovers, drop_cold, keep_whole, note_pulled
from storage.xet.xorbs import XorbInvalid
from tests import xet
from tests.factories.accounts import make_user
from tests.factories.chunked import add_chunked
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db
MIB = 1024 * 1024
LATER = timedelta(days=3)


def make_chunked(size=3 * MIB):
    """A blob that lies in chunks only, and its bytes."""
    user = make_user()
    data = xet.noise(size)
    file = add_chunked(make_repository(user), user, "w.bin", data)
    return Blob.objects.get(pk=file.true_sha256), data


def unfinished(key, bucket):
    """Whether the store holds parts of an object that was not put together."""
    reply = s3.client().list_multipart_uploads(Bucket=bucket)
    return key in {upload["Key"] for upload in reply.get("Uploads", [])}


@pytest.mark.parametrize("size", [1, 5 * MIB, 10 * MIB + 1])
def test_a_whole_object_has_the_bytes_of_the_chunks(size, settings):
    # S3 takes no smaller parts.
    settings.PART_SIZE = 5 * MIB
    blob, data = make_chunked(size)
    assert blob.key == ""
    assert keep_whole(sha256=blob.pk)
    blob.refresh_from_db()
    assert s3.read_range(blob.key, 0, size + 1) == data
    assert not Leftover.objects.exists()
    assert blob.pulled_at
    before = blob.key
    assert keep_whole(sha256=blob.pk)
    blob.refresh_from_db()
    assert blob.key == before


def test_nothing_is_written_of_what_is_no_file_in_chunks():
    blob, _ = make_chunked()
    Blob.objects.filter(pk=blob.pk).update(condemned_at=timezone.now())
    plain = keep_object(sha256="a" * 64, size=4, key="objects/aa/plain")
    for sha256 in (blob.pk, plain.pk, "0" * 64):
        assert keep_whole(sha256=sha256)
    assert not Leftover.objects.exists()


def test_other_bytes_never_become_an_object(bucket):
    blob, _ = make_chunked()
    xorb = Xorb.objects.get()
    other = xet.Xorb(xet.cut(xet.noise(3 * MIB, seed=9)), xet.LZ4).data[: xorb.size]
    s3.put(xorb.key, io.BytesIO(other.ljust(xorb.size, b"\0")))
    with pytest.raises((ContentLost, XorbInvalid)):
        keep_whole(sha256=blob.pk)
    assert Blob.objects.get(pk=blob.pk).key == ""
    [left] = Leftover.objects.all()
    assert unfinished(left.key, bucket)
    assert delete_leftovers() == 1
    assert not unfinished(left.key, bucket)


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_object():
    blob, data = make_chunked()
    done = race([lambda: keep_whole(sha256=blob.pk)] * 4)
    assert not failures(done)
    assert True in [one.result() for one in done]
    key = Blob.objects.get(pk=blob.pk).key
    assert s3.read_range(key, 0, len(data)) == data
    assert not Leftover.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_upload_that_was_quicker_wins(monkeypatch):
    blob, data = make_chunked()
    write = wholes._write

    def slow(blob, leftover):
        write(blob, leftover)
        keep_object(sha256=blob.pk, size=blob.size, key="objects/quicker")

    monkeypatch.setattr(wholes, "_write", slow)
    assert keep_whole(sha256=blob.pk)
    assert Blob.objects.get(pk=blob.pk).key == "objects/quicker"
    [left] = Leftover.objects.all()
    assert s3.size_of(left.key) == len(data)
    assert delete_leftovers() == 1
    assert s3.size_of(left.key) is None


@pytest.mark.django_db(transaction=True)
def test_what_was_given_up_meanwhile_is_not_taken_into_use(monkeypatch):
    blob, _ = make_chunked()
    write = wholes._write

    def slow(blob, leftover):
        write(blob, leftover)
        Leftover.objects.update(due_at=timezone.now())
        assert delete_leftovers() == 1

    monkeypatch.setattr(wholes, "_write", slow)
    with pytest.raises(ContentLost):
        keep_whole(sha256=blob.pk)
    assert Blob.objects.get(pk=blob.pk).key == ""


def test_what_nobody_pulls_is_dropped_and_its_links_live_on(monkeypatch, settings):
    blob, data = make_chunked()
    keep_whole(sha256=blob.pk)
    key = Blob.objects.get(pk=blob.pk).key
    now = timezone.now()
    assert drop_cold(before=now - LATER) == 0
    note_pulled([blob.pk], at=now - 2 * LATER)
    assert drop_cold(before=now - LATER) == 1
    assert Blob.objects.get(pk=blob.pk).key == ""
    assert delete_leftovers() == 0
    assert s3.size_of(key) == len(data)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(seconds=settings.DOWNLOAD_LINK_SECONDS))
    assert delete_leftovers() == 0
    monkeypatch.setattr(timezone, "now", lambda: now + LATER)
    assert delete_leftovers() == 1
    assert s3.size_of(key) is None
    assert keep_whole(sha256=blob.pk)


def test_only_what_lies_in_chunks_too_is_dropped(django_assert_max_num_queries):
    plain = keep_object(sha256="b" * 64, size=4, key="objects/bb/plain")
    chunked, _ = make_chunked()
    long_ago = timezone.now() - 2 * LATER
    note_pulled([plain.pk, chunked.pk], at=long_ago)
    assert not Blob.objects.exclude(pulled_at=None).exists()
    Blob.objects.filter(pk=plain.pk).update(pulled_at=long_ago)
    with django_assert_max_num_queries(2):
        assert drop_cold(before=timezone.now()) == 0
    assert Blob.objects.get(pk=plain.pk).key


def test_an_object_that_was_there_before_the_chunks_is_given_its_time():
    blob, _ = make_chunked()
    keep_object(sha256=blob.pk, size=blob.size, key="objects/before")
    assert drop_cold(before=timezone.now() - LATER) == 0
    assert Blob.objects.get(pk=blob.pk).pulled_at
    assert not Upload.objects.exclude(key="").exists()
    assert drop_cold(before=timezone.now()) == 1
