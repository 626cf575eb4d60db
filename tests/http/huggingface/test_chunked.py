"""Files in chunks by plain HTTP: answered like whole ones, a few at once, and by a link when asked again."""

import gc
import io
import threading
from urllib.request import Request, urlopen

import pytest
from django.core.signals import request_finished
from django.db import close_old_connections

from hub.downloads import services as downloads
from hub.downloads import tasks, wholes
from hub.http import streaming
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.operations import AddBlob
from storage import s3
from storage.models import Blob, Upload, Xorb
from storage.services import quarantine
from storage.xet import reading
from tests import xet
from tests.factories.chunked import add_chunked, bring, register
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api

MIB = 1024 * 1024
SIZE = 3 * MIB + 17
FILE = "/ada/thing/resolve/main/w.bin"
DATA = xet.noise(SIZE)


@pytest.fixture(autouse=True)
def fresh():
    """Nothing noted by this process before."""
    wholes._noted_until.clear()
    streaming.places.cache_clear()


@pytest.fixture
def thing(owner):
    """A repository with a file in chunks."""
    thing = make_repository(owner.user, name="thing")
    add_chunked(thing, owner.user, "w.bin", DATA)
    return thing


def body(response):
    """The bytes of an answer, streamed or not; the test client closes it at its end."""
    return b"".join(response.streaming_content) if response.streaming else response.content


def leave(response):
    """Close an answer before its end, as the server does when the client is gone."""
    # The end of a request would close the connection that the test's transaction is in; the test client sees
    # to that, too, when its own iterator is closed.
    response._iterator.close()
    request_finished.disconnect(close_old_connections)
    response.close()
    request_finished.connect(close_old_connections)


def took(api, times=1):
    """Take the file whole."""
    for _ in range(times):
        assert body(api.get(FILE)) == DATA


def the_blob():
    """The one that lies in chunks."""
    return Blob.objects.exclude(reconstruction=None).get()


def etag():
    """The tag of the file: its sha256."""
    return f'"{the_blob().pk}"'


def test_the_whole_file_as_a_download_that_nothing_renders(anybody, thing, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        response = anybody.get(FILE)
        assert body(response) == DATA
    assert (response.status_code, response.headers["Content-Length"]) == (200, str(SIZE))
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="w.bin"'
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert response.headers["Accept-Ranges"] == "bytes"
    assert response.headers["ETag"] == etag()
    assert response.headers["X-Repo-Commit"]


def test_head_tells_all_that_get_tells_and_reads_nothing(anybody, thing, monkeypatch):
    got = anybody.get(FILE)
    leave(got)
    monkeypatch.setattr(reading, "stream", lambda *_: pytest.fail("read for a HEAD"))
    head = anybody.head(FILE)
    assert (head.status_code, head.content) == (200, b"")
    assert got.headers.keys() == head.headers.keys()
    for name in got.headers.keys() - {"X-Request-Id", "RateLimit"}:
        assert head.headers[name] == got.headers[name], name


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-7", 0, 7),
        ("bytes=65530-65545", 65530, 65545),
        ("bytes=-5", SIZE - 5, SIZE - 1),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=100-", 100, SIZE - 1),
        (f"bytes=0-{10**30}", 0, SIZE - 1),
        (f"bytes=1-{2 * MIB}", 1, 2 * MIB),
    ],
)
def test_single_ranges(anybody, thing, asked, first, last):
    response = anybody.get(FILE, Range=asked)
    assert body(response) == DATA[first : last + 1]
    assert response.status_code == 206
    assert response.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response.headers["Content-Length"] == str(last + 1 - first)


def test_ranges_that_are_none_and_those_past_the_end(anybody, thing):
    for asked in (f"bytes={SIZE}-", "bytes=-0"):
        response = anybody.get(FILE, Range=asked)
        assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{SIZE}")
        assert response.content == b""
    for asked in ("bytes=0-1,4-5", "bytes=5-2", "lines=1-2", "bytes=-"):
        response = anybody.get(FILE, Range=asked)
        assert (response.status_code, len(body(response))) == (200, SIZE)


def test_conditions(anybody, thing):
    tag = etag()
    for ask in (anybody.get, anybody.head):
        response = ask(FILE, **{"If-None-Match": f'W/{tag}, "x"'})
        assert (response.status_code, response.headers["ETag"]) == (304, tag)
    assert anybody.get(FILE, **{"Range": "bytes=2-3", "If-Range": tag}).status_code == 206
    for other in ('"x"', f"W/{tag}", "Mon, 01 Jan 2024 00:00:00 GMT"):
        response = anybody.get(FILE, **{"Range": "bytes=2-3", "If-Range": other})
        assert (response.status_code, len(body(response))) == (200, SIZE)


def test_what_the_store_has_spoilt_is_no_fault_of_who_asks(anybody, thing, caplog):
    xorb = Xorb.objects.get()
    s3.put(xorb.key, io.BytesIO(bytes(xorb.size)))
    response = anybody.get(FILE, Range="bytes=10-20")
    assert (response.status_code, response["X-Error-Code"]) == (500, "ContentDamaged")
    assert "other content than was verified" in caplog.text


def test_who_may_not_pull_gets_nothing(owner, anybody, thing):
    Repository.objects.update(visibility="private")
    for api in (anybody, Api(None)):
        for ask in (api.get, api.head):
            assert ask(FILE, Range="bytes=0-1").status_code == 401
    took(owner)


def test_a_file_that_is_being_checked_is_its_writers(owner, anybody, thing, settings):
    settings.VERIFY_INLINE_LIMIT = 0
    data = xet.noise(2 * MIB, seed=5)
    xorb = xet.Xorb(xet.cut(data))
    file = xet.File([xet.Part(xorb)])
    bring(thing, owner.user, xorb)
    register(thing, owner.user, file)
    commit(thing, owner.user, [AddBlob("new.bin", file.true_sha256, len(data))])
    path = FILE.replace("w.bin", "new.bin")
    assert body(owner.get(path)) == data
    assert owner.get(path, Range="bytes=5-9").content == data[5:10]
    refused = anybody.get(path)
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (503, "BlobBeingChecked")
    RepositoryBlob.objects.filter(sha256=file.true_sha256).update(state=RepositoryBlob.State.REFUSED)
    assert owner.get(path).headers["X-Error-Code"] == "BlobRefused"


def test_a_quarantined_file_is_withheld_chunked_or_whole(owner, anybody, thing):
    sha256 = the_blob().pk
    quarantine(sha256=sha256)
    for status in (200, 302):
        assert anybody.get(FILE).headers["X-Error-Code"] == "BlobQuarantined"
        assert anybody.head(FILE).status_code == 403
        mine = owner.get(FILE)
        assert (mine.status_code, mine.headers["X-Scan-Status"]) == (status, "unsafe")
        assert mine.headers["X-Xet-Hash"]
        assert status == 302 or body(mine) == DATA
        wholes.keep(sha256=sha256)


def test_a_pull_counts_once_however_it_is_sent(owner, anybody, thing):
    for headers in ({}, {"Range": "bytes=0-7"}, {"Range": f"bytes=5-{SIZE}"}):
        body(anybody.get(FILE, **headers))
    took(owner)
    anybody.get(FILE, **{"If-None-Match": etag()})
    anybody.get(FILE, Range=f"bytes={SIZE}-")
    downloads.flush()
    assert Repository.objects.get(pk=thing.pk).downloads == 2


def test_what_is_asked_for_again_is_given_by_a_link(anybody, thing, redis_connection):
    took(anybody)
    assert not redis_connection.exists(wholes.WANTED)
    took(anybody)
    [wanted] = redis_connection.zrange(wholes.WANTED, 0, -1)
    assert redis_connection.llen("wholes") == 1
    tasks.keep_whole(wanted.decode())
    assert not redis_connection.exists(wholes.WANTED)
    for ask in (anybody.get, anybody.head):
        response = ask(FILE)
        assert (response.status_code, response.headers["ETag"]) == (302, etag())
        assert response.headers["X-Xet-Hash"]
    with urlopen(Request(response.headers["Location"], headers={"Range": "bytes=5-9"})) as reply:
        assert reply.read() == DATA[5:10]
        assert reply.headers["Content-Type"] == "application/octet-stream"
        assert reply.headers["Content-Disposition"].startswith("attachment")


def test_headers_of_a_file_are_no_reason_for_a_whole_object(anybody, thing, redis_connection):
    for _ in range(50):
        anybody.get(FILE, Range="bytes=0-99999")
    assert not redis_connection.exists(wholes.WANTED)
    for first in range(0, SIZE, 2 * MIB):
        for _ in range(2):
            body(anybody.get(FILE, Range=f"bytes={first}-{first + 2 * MIB - 1}"))
    assert redis_connection.exists(wholes.WANTED)


def test_a_download_that_was_left_is_no_reason_either(anybody, thing, redis_connection):
    for _ in range(5):
        response = anybody.get(FILE)
        next(iter(response.streaming_content))
        leave(response)
    sent = int(redis_connection.get(f"{wholes.SENT}:{the_blob().pk}") or 0)
    assert sent < SIZE
    assert not redis_connection.exists(wholes.WANTED)


def test_without_redis_files_are_sent_all_the_same(anybody, thing, monkeypatch):
    def absent():
        raise wholes.redis.ConnectionError

    monkeypatch.setattr(wholes, "connection", absent)
    took(anybody, 2)


def test_links_are_noted_without_a_query_and_written_down_by_the_sweep(
    anybody, thing, monkeypatch, django_assert_num_queries
):
    wholes.keep(sha256=the_blob().pk)
    Blob.objects.update(pulled_at=None)
    anybody.get(FILE)
    with django_assert_num_queries(1):
        assert anybody.get(FILE).status_code == 302
    monkeypatch.setattr(wholes, "connection", lambda: pytest.fail("Redis was asked again"))
    anybody.get(FILE)
    monkeypatch.undo()
    tasks.flush()
    assert the_blob().pulled_at
    assert wholes.flush() == 0


def test_what_is_pulled_stays_and_what_is_not_goes(anybody, thing, settings):
    wholes.keep(sha256=the_blob().pk)
    settings.WHOLE_DAYS = 0
    tasks.drop_wholes()
    assert the_blob().key == ""
    took(anybody)
    wholes.keep(sha256=the_blob().pk)
    settings.WHOLE_DAYS = 1
    tasks.drop_wholes()
    assert anybody.get(FILE).status_code == 302


def test_plain_files_are_not_noted(owner, anybody, thing, redis_connection):
    add_large(thing, owner.user, "plain.bin", b"plain" * 1000)
    assert anybody.get(FILE.replace("w.bin", "plain.bin")).status_code == 302
    assert not redis_connection.exists(wholes.PULLED)


def test_too_many_at_once_are_told_to_come_back_and_get_a_link_then(
    anybody, thing, settings, redis_connection
):
    settings.HUB_STREAMS = 2
    first, second = anybody.get(FILE), anybody.get(FILE)
    busy = anybody.get(FILE)
    assert (busy.status_code, busy.headers["X-Error-Code"]) == (503, "StreamsBusy")
    assert int(busy.headers["Retry-After"]) > 0
    assert "Try again" in busy.json()["error"]
    assert anybody.get(FILE, Range="bytes=0-9").content == DATA[:10]
    assert anybody.head(FILE).status_code == 200
    [wanted] = redis_connection.zrange(wholes.WANTED, 0, -1)
    assert body(first) == DATA
    leave(first)
    third = anybody.get(FILE)
    assert anybody.get(FILE).status_code == 503
    for response in (second, third):
        leave(response)
    tasks.keep_whole(wanted.decode())
    assert anybody.get(FILE).status_code == 302


def test_an_answer_that_nobody_closed_gives_its_place_back(anybody, thing, settings):
    settings.HUB_STREAMS = 1
    response = anybody.get(FILE)
    del response
    # The test client ties a response to itself.
    gc.collect()
    took(anybody)


def test_closing_in_the_middle_ends_the_reads(owner, anybody, thing, monkeypatch):
    data = xet.noise(24 * MIB, seed=7)
    add_chunked(thing, owner.user, "long.bin", data, size=128 * 1024)
    read = []
    original = s3.stream_range

    def counted(*args, **rest):
        for piece in original(*args, **rest):
            read.append(len(piece))
            yield piece

    monkeypatch.setattr(s3, "stream_range", counted)
    response = anybody.get(FILE.replace("w.bin", "long.bin"))
    piece = next(iter(response.streaming_content))
    assert streaming.PIECE <= len(piece) < MIB
    assert data.startswith(piece)
    leave(response)
    for thread in threading.enumerate():
        if thread.name.startswith("chunks"):
            thread.join(20)
            assert not thread.is_alive()
    assert sum(read) < 16 * MIB


def test_whole_objects_are_written_one_after_the_other(owner, thing, redis_connection, monkeypatch):
    first = the_blob().pk
    other = add_chunked(thing, owner.user, "other.bin", xet.noise(MIB, seed=3)).true_sha256
    for sha256 in (first, other, first):
        wholes.ask(sha256)
    assert redis_connection.llen("wholes") == 2
    keep_whole = wholes.wholes.keep_whole
    monkeypatch.setattr(wholes.wholes, "keep_whole", lambda sha256: False)
    wholes.keep(sha256=other)
    assert redis_connection.zcard(wholes.WANTED) == 2
    monkeypatch.setattr(wholes.wholes, "keep_whole", keep_whole)
    redis_connection.delete("wholes")
    wholes.keep(sha256=first)
    assert redis_connection.llen("wholes") == 1
    assert redis_connection.zrange(wholes.WANTED, 0, -1) == [other.encode()]
    wholes.keep(sha256=other)
    assert not Blob.objects.filter(key="").exclude(reconstruction=None).exists()
    assert not Upload.objects.exclude(key="").exists()


def test_one_that_cannot_be_written_does_not_keep_others_waiting(thing, redis_connection, monkeypatch):
    wholes.ask("0" * 64)

    def lost(sha256):
        raise wholes.wholes.ContentLost("gone")

    monkeypatch.setattr(wholes.wholes, "keep_whole", lost)
    with pytest.raises(wholes.wholes.ContentLost):
        wholes.keep(sha256="0" * 64)
    assert not redis_connection.exists(wholes.WANTED)
