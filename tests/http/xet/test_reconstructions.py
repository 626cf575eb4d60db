"""How files are told to be put together, and what the links in the answer can read."""

import urllib.error
from urllib.request import Request, urlopen

import pytest

from hub.repos.policies import set_scan_policy
from hub.repos.services import change_settings
from storage import services as storage_services
from storage.models import Blob
from storage.xet import reading
from storage.xet.hashing import to_text
from storage.xet.xorbs import unpack
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
from tests.http.api import Api
from tests.http.xet.conftest import grant, pass_for, send_by_link
from tests.http.xet.test_shards import land
from tests.xet import File, Part, Shard, Xorb, chunk_hash, cut, noise

ONE, TWO = Xorb(cut(noise(640_000, 1))), Xorb(cut(noise(640_000, 2)))
# Neighbours, an overlap, another xorb between them, and chunks of the first that are not in the file.
PARTS = [Part(ONE, 0, 2), Part(TWO, 3, 5), Part(ONE, 2, 4), Part(ONE, 3, 5), Part(ONE, 8, 9), Part(TWO, 3, 5)]
FILE = File(PARTS)
DATA = FILE.raw


@pytest.fixture
def thing(owner):
    """A repository with a file in chunks."""
    repository = make_repository(owner.user, name="thing")
    storage = pass_for(owner, "models/ada/thing")
    for xorb in (ONE, TWO):
        send_by_link(storage, xorb)
    assert storage.post("v2/shards", Shard([FILE], [ONE, TWO]).data).status_code == 200
    assert land(owner, FILE.true_sha256, len(DATA)).status_code == 200
    return repository


@pytest.fixture
def storage(thing, anybody):
    """The storage as everybody reaches it."""
    return pass_for(anybody, "models/ada/thing", "read")


def read(url, span):
    """What a link gives for a range of bytes, as hf_xet asks for it."""
    with urlopen(Request(url, headers={"Range": f"bytes={span['start']}-{span['end']}"})) as reply:
        return reply.read()


def chunks_of(answer):
    """Every chunk that an answer's links lead to: (xorb, place) → bytes."""
    found = {}
    for xorb, links in answer["xorbs"].items():
        for link in links:
            [part] = link["ranges"]
            places = range(part["chunks"]["start"], part["chunks"]["end"])
            chunks = unpack(read(link["url"], part["bytes"]))
            found |= {(xorb, place): chunk for place, chunk in zip(places, chunks, strict=True)}
    return found


def put_together(answer):
    """The bytes as hf_xet puts them together, without what comes before the range."""
    chunks = chunks_of(answer)
    data = []
    for term in answer["terms"]:
        places = range(term["range"]["start"], term["range"]["end"])
        part = b"".join(chunks[term["hash"], place] for place in places)
        assert len(part) == term["unpacked_length"]
        data.append(part)
    return b"".join(data)[answer["offset_into_first_range"] :]


def test_the_whole_file(storage):
    answer = storage.get(f"v2/reconstructions/{FILE.true_hash}").json()
    assert answer["offset_into_first_range"] == 0
    assert put_together(answer) == DATA
    assert chunks_of(answer).keys() == {(ONE.hash, n) for n in (0, 1, 2, 3, 4, 8)} | {
        (TWO.hash, n) for n in (3, 4)
    }


def test_neighbouring_and_overlapping_chunks_are_fetched_at_once_and_none_between(storage):
    answer = storage.get(f"v2/reconstructions/{FILE.true_hash}").json()
    ranges = {
        xorb: [link["ranges"][0]["chunks"] for link in links] for xorb, links in answer["xorbs"].items()
    }
    assert ranges == {
        ONE.hash: [{"start": 0, "end": 5}, {"start": 8, "end": 9}],
        TWO.hash: [{"start": 3, "end": 5}],
    }


@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 0), (1, 10), (65536, 131071), (100_000, 400_000), (len(DATA) - 1, len(DATA) - 1), (5, 10**30)],
)
def test_a_range_of_it(storage, first, last):
    answer = storage.get(f"v2/reconstructions/{FILE.true_hash}", Range=f"bytes={first}-{last}").json()
    data = put_together(answer)
    assert data[: last + 1 - first] == DATA[first : last + 1]
    assert len(data) < last + 1 - first + 65536
    assert answer["offset_into_first_range"] < 65536


@pytest.mark.parametrize(
    "asked", [f"bytes={len(DATA)}-{len(DATA) + 5}", f"bytes={10**40}-", f"bytes={2**63}-"]
)
def test_past_the_end_there_is_nothing(storage, asked):
    for version in ("v1", "v2"):
        answer = storage.get(f"{version}/reconstructions/{FILE.true_hash}", Range=asked)
        assert (answer.status_code, answer["Content-Range"]) == (416, f"bytes */{len(DATA)}")


@pytest.mark.parametrize("asked", ["bytes=5-2", "bytes=-5", "lines=1-2", "bytes=1-2,4-5", "bytes=x", "\x7f"])
def test_what_is_no_range_is_the_whole_file(storage, asked):
    answer = storage.get(f"v2/reconstructions/{FILE.true_hash}", Range=asked).json()
    assert put_together(answer) == DATA


def test_the_older_version_says_the_same(storage):
    older, newer = (
        storage.get(f"{version}/reconstructions/{FILE.true_hash}", Range="bytes=70000-300000").json()
        for version in ("v1", "v2")
    )
    infos, xorbs = older.pop("fetch_info"), newer.pop("xorbs")
    assert older == newer
    for xorb, links in xorbs.items():
        told = [(info["range"], info["url_range"]) for info in infos[xorb]]
        assert told == [(part["chunks"], part["bytes"]) for link in links for part in link["ranges"]]
        assert [len(read(info["url"], info["url_range"])) for info in infos[xorb]]


def test_a_link_reads_its_own_bytes_and_no_others(storage):
    answer = storage.get(f"v2/reconstructions/{FILE.true_hash}").json()
    link = answer["xorbs"][TWO.hash][0]
    span = link["ranges"][0]["bytes"]
    assert read(link["url"], span)
    for first, last in ((0, 99), (span["start"], span["end"] + 1), (span["start"], "")):
        with pytest.raises(urllib.error.HTTPError) as refused:
            read(link["url"], {"start": first, "end": last})
        with refused.value as answer:
            assert answer.code == 403
    with pytest.raises(urllib.error.HTTPError) as refused:
        urlopen(link["url"])
    with refused.value as answer:
        assert answer.code == 403


def test_a_file_is_read_through_a_repository_that_has_it(owner, thing):
    make_repository(owner.user, name="other")
    storage = pass_for(owner, "models/ada/other")
    for version in ("v1", "v2"):
        answer = storage.get(f"{version}/reconstructions/{FILE.true_hash}")
        assert (answer.status_code, answer["X-Error-Code"]) == (404, "EntryNotFound")


def test_what_is_not_committed_is_read_by_those_who_write(owner, anybody):
    make_repository(owner.user, name="thing")
    writer, reader = pass_for(owner, "models/ada/thing"), pass_for(anybody, "models/ada/thing", "read")
    send_by_link(writer, ONE)
    file = File([Part(ONE)])
    writer.post("v2/shards", Shard([file], [ONE]).data)
    statuses = [who.get(f"v2/reconstructions/{file.true_hash}").status_code for who in (writer, reader)]
    assert statuses == [200, 404]


def test_a_file_in_quarantine_is_not_read_under_another_sha256(owner, thing):
    storage_services.quarantine(sha256=FILE.true_sha256)
    make_repository(owner.user, name="other")
    storage = pass_for(owner, "models/ada/other")
    lie = File(PARTS, sha256="ab" * 32)
    assert storage.post("v2/shards", Shard([lie], [ONE, TWO]).data).status_code == 200
    for version in ("v1", "v2"):
        assert storage.get(f"{version}/reconstructions/{FILE.true_hash}").status_code == 404


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_file_in_quarantine_is_read_by_those_who_may_write_and_others_are_told_why(owner, storage, version):
    storage_services.quarantine(sha256=FILE.true_sha256)
    path = f"{version}/reconstructions/{FILE.true_hash}"
    refused = storage.get(path)
    assert (refused.status_code, refused["X-Error-Code"]) == (403, "BlobQuarantined")
    assert "w.bin of ada/thing is in quarantine" in refused.json()["error"]
    assert pass_for(owner, "models/ada/thing", "read").get(path).status_code == 200
    reader = pass_for(Api(owner.user, role="read"), "models/ada/thing", "read")
    assert reader.get(path).status_code == 403


@pytest.mark.parametrize("state", ["suspicious", "error", "queued"])
def test_what_the_rules_refuse_is_not_read_in_chunks(owner, storage, state, django_assert_max_num_queries):
    set_scan_policy(organisation=None, kind="model", said={state: "refuse"}, actor_user=None)
    path = f"v2/reconstructions/{FILE.true_hash}"
    Blob.objects.update(scan_state=state)
    assert storage.get(path).status_code == (503 if state == "queued" else 403)
    assert pass_for(owner, "models/ada/thing").get(path).status_code == 200
    for fine in ("safe", "unscanned"):
        Blob.objects.update(scan_state=fine)
        with django_assert_max_num_queries(4):
            assert storage.get(path).status_code == 200


@pytest.mark.parametrize("state", ["suspicious", "error", "queued"])
def test_of_what_the_rules_refuse_no_chunk_is_told(storage, state, anybody):
    make_repository(other := make_user(), name="other")
    asker = pass_for(Api(other), f"models/{other.username}/other")
    path = f"v1/chunks/default/{to_text(chunk_hash(ONE.chunks[0]))}"
    Blob.objects.update(scan_state=state)
    assert asker.get(path).status_code == 200
    set_scan_policy(organisation=None, kind="", said={state: "refuse"}, actor_user=None)
    assert asker.get(path).status_code == 404
    assert not grant_present(asker, ONE)
    Blob.objects.update(scan_state="safe")
    assert asker.get(path).status_code == 200
    assert grant_present(asker, ONE)


def grant_present(storage, xorb):
    """Whether the storage says that a xorb need not come again."""
    return grant(storage, xorb.hash, len(xorb.data)).status_code == 200


def test_a_private_file_is_for_its_people(owner, thing, storage):
    change_settings(repository=thing, visibility="private", gated=None, actor_user=owner.user)
    path = f"v2/reconstructions/{FILE.true_hash}"
    assert storage.get(path).status_code == 401
    assert pass_for(owner, "models/ada/thing", "read").get(path).status_code == 200
    assert Api(make_user()).get("/api/models/ada/thing/xet-read-token/main").status_code == 404


@pytest.mark.parametrize("hash", ["x", "0" * 64, "0" * 63, "g" * 64, "%00", "ü"])
def test_what_is_no_file_is_not_there(storage, hash):
    assert storage.get(f"v2/reconstructions/{hash}").status_code in (400, 404)


def test_more_terms_than_are_told_at_once_are_asked_for_by_range(storage, monkeypatch):
    monkeypatch.setattr(reading, "PLANNED", 4)
    for version in ("v1", "v2"):
        path = f"{version}/reconstructions/{FILE.true_hash}"
        assert storage.get(path).status_code == 413
        assert len(storage.get(path, Range="bytes=0-399999").json()["terms"]) == 4


def test_a_file_of_many_terms_costs_few_queries(storage, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        storage.get(f"v2/reconstructions/{FILE.true_hash}")


def test_a_head_tells_clients_where_to_ask(anybody, thing):
    head = anybody.head("/ada/thing/resolve/main/w.bin")
    commit = head["X-Repo-Commit"]
    route = f"http://testserver/api/models/ada/thing/xet-read-token/{commit}"
    assert (head["X-Xet-Hash"], head["Link"]) == (FILE.true_hash, f'<{route}>; rel="xet-auth"')
    assert (head.status_code, head["X-Linked-Size"]) == (200, str(len(DATA)))
    assert head["ETag"] == f'"{FILE.true_sha256}"'
