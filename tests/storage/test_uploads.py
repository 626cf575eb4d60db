"""Bytes on their way in: what a link can do, and what it cannot do any more."""

import hashlib
from urllib.error import HTTPError

import pytest
from django.conf import settings

from storage import readers, s3, uploads
from storage.errors import UploadIncomplete, UploadMismatch, UploadUnknown
from storage.models import Blob, Upload
from tests.factories.repositories import put
from tests.racing import race

pytestmark = pytest.mark.django_db
KIB = 1024


def begin(data: bytes, *, claim: bytes | None = None, size: int | None = None, multipart: bool = True):
    """Open an upload of these bytes."""
    return uploads.begin_upload(
        scope="repository:0",
        sha256=hashlib.sha256(data if claim is None else claim).hexdigest(),
        size=len(data) if size is None else size,
        user=None,
        multipart=multipart,
    )


@pytest.fixture
def parts(settings):
    """Multipart from 1 MiB up, in parts of the smallest size that S3 allows."""
    settings.MULTIPART_THRESHOLD = KIB * KIB
    settings.PART_SIZE = 5 * KIB * KIB


def send_parts(links, data):
    """Send every part; returns (number, ETag)."""
    size = links.part_size
    pieces = [data[start : start + size] for start in range(0, len(data), size)]
    return [(n, put(url, piece)) for n, (url, piece) in enumerate(zip(links.urls, pieces, strict=True), 1)]


def objects_claiming(sha256: str) -> list[str]:
    """The keys of every object that was kept under a sha256."""
    prefix = f"objects/{sha256[:2]}/{sha256}"
    listed = s3.client().list_objects_v2(Bucket=settings.S3_BUCKET, Prefix=prefix)
    return [item["Key"] for item in listed.get("Contents", [])]


def verified(links) -> Upload:
    """Receive and verify."""
    uploads.receive_upload(uploads.live_upload(links.upload.pk))
    return uploads.verify_upload(upload_id=links.upload.pk)


def test_a_single_put_becomes_a_blob_under_a_key_that_no_client_was_given():
    data = b"some weights"
    links = begin(data)
    put(links.urls[0], data)
    assert verified(links).state == Upload.State.VERIFIED
    blob = Blob.objects.get(pk=links.upload.sha256)
    assert blob.key not in links.urls[0]
    with readers.open_blob(blob) as reader:
        assert reader.read() == data


def test_a_single_puts_link_cannot_change_what_was_verified():
    data = b"honest bytes"
    links = begin(data)
    put(links.urls[0], data)
    verified(links)
    put(links.urls[0], b"hostile byte")
    with readers.open_blob(Blob.objects.get(pk=links.upload.sha256)) as reader:
        assert reader.read() == data


def test_a_parts_link_is_dead_once_the_upload_is_complete(parts):
    data = bytes(6 * KIB * KIB)
    links = begin(data)
    uploads.complete_upload(upload_id=links.upload.pk, parts=send_parts(links, data))
    assert uploads.verify_upload(upload_id=links.upload.pk).state == Upload.State.VERIFIED
    with pytest.raises(HTTPError):
        put(links.urls[0], b"x" * links.part_size)
    with readers.open_blob(Blob.objects.get(pk=links.upload.sha256)) as reader:
        assert hashlib.file_digest(reader, "sha256").hexdigest() == links.upload.sha256


def test_a_link_takes_exactly_the_declared_number_of_bytes():
    links = begin(b"12345")
    for wrong in (b"1234", b"123456"):
        with pytest.raises(HTTPError):
            put(links.urls[0], wrong)
    assert s3.size_of(links.upload.key) is None


def test_bytes_with_another_hash_are_refused_and_deleted():
    links = begin(b"lies!", claim=b"truth")
    put(links.urls[0], b"lies!")
    upload = verified(links)
    assert upload.state == Upload.State.REFUSED
    assert not Blob.objects.filter(pk=upload.sha256).exists()


@pytest.mark.django_db(transaction=True)
def test_refused_bytes_are_gone_from_the_store():
    links = begin(b"lies!!", claim=b"the whole truth")
    put(links.urls[0], b"lies!!")
    verified(links)
    assert objects_claiming(links.upload.sha256) == []
    assert s3.size_of(links.upload.key) is None


def test_a_truncated_multipart_upload_is_refused_and_can_be_finished(parts):
    data = bytes(11 * KIB * KIB)
    links = begin(data)
    arrived = [(1, put(links.urls[0], data[: links.part_size]))]
    with pytest.raises(UploadIncomplete, match="3 parts"):
        uploads.complete_upload(upload_id=links.upload.pk, parts=arrived)
    with pytest.raises(UploadIncomplete, match="Part 2 of 3"):
        uploads.complete_upload(upload_id=links.upload.pk, parts=[*arrived, (2, '"x"'), (3, '"y"')])
    assert s3.size_of(links.upload.key) is None
    done = uploads.complete_upload(upload_id=links.upload.pk, parts=send_parts(links, data))
    assert done.state == Upload.State.RECEIVED
    assert uploads.complete_upload(upload_id=links.upload.pk, parts=[]).state == Upload.State.RECEIVED


def test_an_upload_that_did_not_happen_is_incomplete():
    links = begin(b"12345")
    with pytest.raises(UploadIncomplete):
        uploads.receive_upload(links.upload)


def test_an_upload_of_another_size_is_a_mismatch():
    links = begin(b"12345", multipart=False)
    s3.client().put_object(Bucket=settings.S3_BUCKET, Key=links.upload.key, Body=b"123456789")
    with pytest.raises(UploadMismatch, match="declared as 5 bytes, but 9"):
        uploads.receive_upload(links.upload)


def test_an_ended_or_invented_upload_is_unknown():
    links = begin(b"12345")
    put(links.urls[0], b"12345")
    verified(links)
    for upload_id in (links.upload.pk, "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(UploadUnknown):
            uploads.complete_upload(upload_id=upload_id, parts=[])


@pytest.mark.django_db(transaction=True)
def test_two_uploads_of_the_same_bytes_share_one_place_and_leave_no_spare_object():
    data = b"the same bytes"
    first, second = begin(data), begin(data)
    for links in (first, second):
        put(links.urls[0], data)
        uploads.receive_upload(links.upload)
    futures = race(
        [lambda links=links: uploads.verify_upload(upload_id=links.upload.pk) for links in (first, second)]
    )
    assert [future.result().state for future in futures] == [Upload.State.VERIFIED] * 2
    blob = Blob.objects.get(pk=first.upload.sha256)
    assert objects_claiming(blob.pk) == [blob.key]


def test_verifying_twice_is_harmless():
    data = b"once is enough"
    links = begin(data)
    put(links.urls[0], data)
    first, again = verified(links), uploads.verify_upload(upload_id=links.upload.pk)
    assert first.state == again.state == Upload.State.VERIFIED


def test_a_reader_reads_ranges_and_not_the_whole_object():
    data = bytes(range(256)) * 8 * KIB
    links = begin(data)
    put(links.urls[0], data)
    verified(links)
    blob = Blob.objects.get(pk=links.upload.sha256)
    asked = []
    original = s3.read_range
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            s3, "read_range", lambda key, at, length: asked.append(length) or original(key, at, length)
        )
        with readers.open_blob(blob) as reader:
            reader.seek(-300, 2)
            assert reader.read(100) == data[-300:-200]
            reader.seek(1000)
            assert reader.read(10) == data[1000:1010]
            reader.seek(len(data) + 5)
            assert reader.read(10) == b""
    assert sum(asked) < len(data) / 2
