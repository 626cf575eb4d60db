"""Xorbs on their way in: only what was read and found whole is known, and nothing is left of the rest."""

import io
import random
from datetime import timedelta
from http.client import HTTPConnection
from threading import Event, Thread
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from storage import s3
from storage.errors import UploadIncomplete, UploadMismatch, UploadUnknown, UploadUnverified
from storage.models import Xorb, XorbUpload
from storage.verification import GRACE
from storage.xet import uploads
from storage.xet.xorbs import XorbInvalid
from tests import xet
from tests.factories.repositories import put
from tests.racing import race

pytestmark = pytest.mark.django_db
SCOPE = "repository:0"
State = XorbUpload.State


SALT = 0
IN_PLACE = pytest.mark.parametrize("in_place", [True], ids=["in place"], indirect=True)


@pytest.fixture(params=[True, False], ids=["in place", "copied"], autouse=True)
def in_place(request, settings, monkeypatch):
    """Both kinds of store, and xorbs that no other test has."""
    settings.S3_CONDITIONAL_WRITES = request.param
    monkeypatch.setitem(globals(), "SALT", random.getrandbits(40) * 1000)
    return request.param


def made(seed, *, chunks=3):
    """A xorb that no other test has."""
    return xet.Xorb(xet.cut(xet.noise(chunks * 1000, seed=SALT + seed), 1000))


def write(upload, data):
    """Write by the link of an upload."""
    put(uploads.xorb_link(upload), data, uploads.xorb_link_headers(upload))


def write_again(upload, data):
    """Write by a link over what it has written; whether the store let that happen."""
    try:
        write(upload, data)
    except HTTPError as refused:
        refused.close()
        if refused.code != 412:
            raise
        return False
    return True


def begin(xorb, data=None):
    """A link for a xorb, used to write `data` in its place."""
    data = xorb.data if data is None else data
    upload = uploads.begin_xorb_upload(scope=SCOPE, hash=xorb.hash, size=len(data), user=None)
    write(upload, data)
    return upload


def receive(xorb, data=None):
    """A xorb that has arrived."""
    upload = begin(xorb, data)
    assert uploads.receive_xorb_upload(upload)
    return upload


def verify(upload):
    """What becomes of an upload."""
    return uploads.verify_xorb_upload(upload_id=upload.pk)


def kept(xorb):
    """The keys of every object that was kept under the xorb's hash."""
    listed = s3.client().list_objects_v2(
        Bucket=settings.S3_BUCKET, Prefix=f"xorbs/{xorb.hash[:2]}/{xorb.hash}"
    )
    return [item["Key"] for item in listed.get("Contents", [])]


@pytest.mark.django_db(transaction=True)
def test_a_xorb_is_known_once_its_bytes_were_read():
    xorb = made(1)
    upload = receive(xorb)
    assert not Xorb.objects.exists()
    assert verify(upload).state == State.VERIFIED
    row = Xorb.objects.get()
    assert (row.hash, row.size, row.length, row.chunks) == (xorb.hash, len(xorb.data), 3000, 3)
    assert kept(xorb) == [row.key]
    assert s3.read_range(row.key, 0, row.size) == xorb.data
    assert (s3.size_of(upload.key) is None) == (upload.key != row.key)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "data",
    [
        lambda: made(3).data,
        lambda: made(2).data[:-1],
        lambda: made(2).data[:1008],
        lambda: b"\0",
        lambda: made(2).data + b"\0" * 20,
    ],
    ids=["another", "truncated", "fewer chunks", "no chunk", "more behind it"],
)
def test_nothing_is_left_of_a_xorb_that_is_not_what_its_hash_says(data):
    data = data()
    upload = receive(made(2), data)
    refused = verify(upload)
    assert (refused.state, bool(refused.error)) == (State.REFUSED, True)
    assert not Xorb.objects.exists()
    assert kept(made(2)) == []
    assert s3.size_of(upload.key) is None
    assert not uploads.brought_before(scope=SCOPE, hash=made(2).hash, size=len(data))


def test_a_link_cannot_change_what_was_verified(in_place):
    xorb = made(4)
    upload = receive(xorb)
    verify(upload)
    assert write_again(upload, bytes(len(xorb.data))) != in_place
    row = Xorb.objects.get(hash=xorb.hash)
    assert s3.read_range(row.key, 0, row.size) == xorb.data


def test_what_is_written_again_between_arrival_and_reading_is_what_counts(in_place):
    xorb = made(5)
    upload = receive(xorb)
    assert write_again(upload, bytes(len(xorb.data))) != in_place
    assert verify(upload).state == (State.VERIFIED if in_place else State.REFUSED)


@IN_PLACE
def test_a_write_that_began_before_the_bytes_arrived_cannot_end_after_they_were_verified(in_place):
    xorb = made(28)
    upload = uploads.begin_xorb_upload(scope=SCOPE, hash=xorb.hash, size=len(xorb.data), user=None)
    link = urlsplit(uploads.xorb_link(upload))
    slow = HTTPConnection(link.netloc, timeout=30)
    slow.putrequest("PUT", f"{link.path}?{link.query}")
    told = {"Content-Length": str(upload.size), "Expect": "100-continue"}
    for name, value in (uploads.xorb_link_headers(upload) | told).items():
        slow.putheader(name, value)
    slow.endheaders()
    # It says that it takes the body once it has found that there is no object.
    assert slow.sock.recv(1000).startswith(b"HTTP/1.1 100 ")
    slow.send(bytes(1000))
    write(upload, xorb.data)
    assert uploads.receive_xorb_upload(upload)
    verify(upload)
    slow.send(bytes(upload.size - 1000))
    assert slow.getresponse().status == 412
    slow.close()
    assert s3.read_range(Xorb.objects.get().key, 0, upload.size) == xorb.data


@IN_PLACE
def test_a_link_without_its_condition_writes_nothing(in_place):
    xorb = made(29)
    upload = uploads.begin_xorb_upload(scope=SCOPE, hash=xorb.hash, size=len(xorb.data), user=None)
    with pytest.raises(HTTPError) as refused:
        put(uploads.xorb_link(upload), xorb.data)
    refused.value.close()
    assert refused.value.code == 403
    assert s3.size_of(upload.key) is None


@pytest.mark.django_db(transaction=True)
def test_what_is_written_where_something_was_deleted_is_never_used():
    xorb = made(30)
    first, second, lie = receive(xorb), receive(xorb), receive(made(31), bytes(50))
    states = [verify(upload).state for upload in (first, second, lie)]
    assert states == [State.VERIFIED, State.VERIFIED, State.REFUSED]
    assert [s3.size_of(upload.key) for upload in (second, lie)] == [None, None]
    write(second, bytes(second.size))
    write(lie, bytes(lie.size))
    for upload in (second, lie):
        verify(upload)
    row = Xorb.objects.get()
    assert s3.read_range(row.key, 0, row.size) == xorb.data
    XorbUpload.objects.update(created_at=long_ago())
    assert uploads.discard_dead_xorbs() == 3
    assert [s3.size_of(upload.key) for upload in (second, lie)] == [None, None]
    assert s3.size_of(row.key) == row.size


def test_verifying_twice_is_harmless():
    upload = receive(made(6))
    assert [verify(upload).state, verify(upload).state] == [State.VERIFIED] * 2
    assert Xorb.objects.count() == 1


def test_an_upload_that_did_not_happen_or_is_too_short_is_not_received():
    xorb = made(7)
    upload = uploads.begin_xorb_upload(scope=SCOPE, hash=xorb.hash, size=3, user=None)
    with pytest.raises(UploadIncomplete):
        uploads.receive_xorb_upload(upload)
    s3.client().put_object(Bucket=settings.S3_BUCKET, Key=upload.key, Body=b"123456789")
    with pytest.raises(UploadMismatch):
        uploads.receive_xorb_upload(upload)
    assert verify(upload) is None


def test_a_grant_is_of_one_xorb_for_one_scope_and_ends():
    upload = begin(made(8))
    known = {"scope": SCOPE, "hash": upload.hash, "upload_id": str(upload.pk)}
    assert uploads.live_xorb_upload(**known) == upload
    wrong = [{"scope": "repository:1"}, {"hash": made(9).hash}, {"upload_id": "x"}, {"upload_id": "0" * 32}]
    for other in wrong:
        with pytest.raises(UploadUnknown):
            uploads.live_xorb_upload(**known | other)
    XorbUpload.objects.update(created_at=long_ago())
    with pytest.raises(UploadUnknown):
        uploads.live_xorb_upload(**known)


@pytest.mark.django_db(transaction=True)
def test_two_who_bring_the_same_xorb_agree_on_one_place():
    xorb = made(10)
    brought = [receive(xorb), receive(xorb)]
    futures = race([lambda upload=upload: verify(upload) for upload in brought])
    assert [future.result().state for future in futures] == [State.VERIFIED] * 2
    assert kept(xorb) == [Xorb.objects.get().key]


@pytest.mark.django_db(transaction=True)
def test_two_workers_that_verify_one_upload_do_not_both_read_it():
    xorb = made(11)
    upload = receive(xorb)
    futures = race([lambda: verify(upload)] * 4)
    states = [found.state for future in futures if (found := future.result())]
    assert set(states) == {State.VERIFIED}
    assert kept(xorb) == [Xorb.objects.get().key]


def test_a_xorb_that_was_about_to_go_is_taken_back_in_its_place():
    xorb = made(12)
    verify(receive(xorb))
    place = Xorb.objects.get().key
    Xorb.objects.update(condemned_at=timezone.now(), used_at=long_ago())
    assert not uploads.brought_before(scope=SCOPE, hash=xorb.hash, size=len(xorb.data))
    verify(receive(xorb))
    row = Xorb.objects.get()
    assert (row.key, row.condemned_at) == (place, None)
    assert timezone.now() - row.used_at < timedelta(minutes=1)


def test_a_xorb_that_comes_through_the_hub_is_kept_at_once():
    xorb = made(13)
    plain = {"scope": SCOPE, "hash": xorb.hash, "size": len(xorb.data), "user": None}
    assert uploads.keep_xorb(**plain, file=io.BytesIO(xorb.data))
    assert not uploads.keep_xorb(**plain, file=io.BytesIO(xorb.data))
    assert kept(xorb) == [Xorb.objects.get().key]
    assert uploads.brought_before(scope=SCOPE, hash=xorb.hash, size=len(xorb.data))
    with pytest.raises(XorbInvalid):
        uploads.keep_xorb(**plain, file=io.BytesIO(made(14).data))
    Xorb.objects.update(condemned_at=timezone.now())
    uploads.keep_xorb(**plain, file=io.BytesIO(xorb.data))
    assert Xorb.objects.get().condemned_at is None


def test_bytes_that_arrived_though_nobody_said_so_need_not_come_again():
    xorb = made(15)
    brought = {"scope": SCOPE, "hash": xorb.hash, "size": len(xorb.data)}
    uploads.begin_xorb_upload(**brought, user=None)
    assert not uploads.brought_before(**brought)
    begin(xorb)
    assert uploads.brought_before(**brought)
    assert not uploads.brought_before(**brought | {"scope": "repository:1"})
    uploads.settle_xorbs(scope=SCOPE, hashes=[xorb.hash], seconds=30)
    assert Xorb.objects.get().hash == xorb.hash


def test_settling_verifies_what_is_received_and_passes_by_what_is_not():
    first, second, third = made(16), made(17), made(18)
    for xorb in (first, second):
        receive(xorb)
    receive(third, first.data)
    uploads.settle_xorbs(scope=SCOPE, hashes=[first.hash, second.hash], seconds=30)
    assert Xorb.objects.count() == 2
    uploads.settle_xorbs(scope=SCOPE, hashes=[first.hash, third.hash, made(19).hash], seconds=30)
    assert Xorb.objects.count() == 2
    assert "not uploaded: The chunks are not those" in uploads.why_lacking(scope=SCOPE, hashes=[third.hash])
    for scope, hash in ((SCOPE, made(19).hash), ("repository:1", third.hash), ("repository:1", first.hash)):
        assert f"{hash} was not uploaded, or not with" in uploads.why_lacking(scope=scope, hashes=[hash])


def test_what_others_brought_is_not_settled():
    xorb = made(20)
    receive(xorb)
    uploads.settle_xorbs(scope="repository:1", hashes=[xorb.hash], seconds=30)
    assert not Xorb.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_settling_waits_for_a_worker_and_then_gives_up(monkeypatch):
    xorb = made(21)
    upload = receive(xorb)
    reading, go_on = Event(), Event()
    original = s3.stream

    def slow(key):
        reading.set()
        go_on.wait(30)
        return original(key)

    def work():
        verify(upload)
        connection.close()

    monkeypatch.setattr(s3, "stream", slow)
    worker = Thread(target=work)
    worker.start()
    assert reading.wait(30)
    with pytest.raises(UploadUnverified):
        uploads.settle_xorbs(scope=SCOPE, hashes=[xorb.hash], seconds=0)
    monkeypatch.setattr(uploads.time, "sleep", lambda seconds: go_on.set() or worker.join(30))
    uploads.settle_xorbs(scope=SCOPE, hashes=[xorb.hash], seconds=30)
    assert kept(xorb) == [Xorb.objects.get().key]


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_dies_leaves_the_xorb_to_the_sweep(monkeypatch):
    xorb = made(22)
    upload = receive(xorb)

    def dies(key):
        raise ConnectionResetError

    with monkeypatch.context() as patch:
        patch.setattr(s3, "stream", dies)
        with pytest.raises(ConnectionResetError):
            verify(upload)
    upload.refresh_from_db()
    assert upload.state == State.RECEIVED
    assert uploads.waiting_xorbs(asked_before=timedelta(0), limit=5) == [str(upload.pk)]
    assert uploads.waiting_xorbs(asked_before=timedelta(hours=1), limit=5) == []
    assert verify(upload).state == State.VERIFIED


def long_ago():
    """When the links that were made then have just died."""
    return timezone.now() - timedelta(seconds=settings.XORB_LINK_SECONDS + GRACE + 1)


@pytest.mark.django_db(transaction=True)
def test_dead_uploads_are_forgotten_with_what_their_links_wrote_last(in_place):
    unsaid, fresh = begin(made(23)), begin(made(27))
    refused, verified, waiting = receive(made(24), b"x"), receive(made(25)), receive(made(26))
    verify(refused)
    verify(verified)
    assert write_again(verified, bytes(verified.size)) != in_place
    assert uploads.brought_before(scope=SCOPE, hash=verified.hash, size=verified.size)
    XorbUpload.objects.exclude(pk=fresh.pk).update(created_at=long_ago())
    assert uploads.discard_dead_xorbs() == 3
    assert set(XorbUpload.objects.values_list("pk", flat=True)) == {waiting.pk, fresh.pk}
    assert s3.size_of(unsaid.key) is None
    assert uploads.discard_dead_xorbs() == 0
    row = Xorb.objects.get()
    assert (row.hash, s3.size_of(row.key)) == (verified.hash, row.size)
    assert (verified.key == row.key) == in_place
    assert in_place or s3.size_of(verified.key) is None
