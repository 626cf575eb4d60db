"""Shards: files that are registered, and lies that are told in them."""

import json

import pytest

from accounts.limits.services import set_storage_limit
from hub.revisions.chunked import settling_places
from hub.revisions.models import RepositoryBlob
from hub.revisions.room import coming_to
from hub.revisions.uploads import verify
from storage.models import Reconstruction, Term, Upload
from storage.xet.hashing import chunk_hash, shielded, to_text
from storage.xet.models import Chunk
from storage.xet.models import Xorb as KeptXorb
from storage.xet.shards import MAX_SHARD
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
from tests.http.api import Api
from tests.http.xet.conftest import grant, pass_for, send_by_link
from tests.xet import File, Part, Shard, Xorb, cut, noise, one_file

DATA = noise(300_000)
SHARD, XORB = one_file(DATA)
[FILE] = SHARD.files


@pytest.fixture
def storage(owner):
    """The storage as ada reaches it to write into her repository."""
    make_repository(owner.user, name="thing")
    return pass_for(owner, "models/ada/thing")


@pytest.fixture
def sent(storage):
    """The same, after the xorb was sent."""
    send_by_link(storage, XORB)
    return storage


@pytest.fixture
def bob(db):
    """Somebody else's way to write into a repository of their own."""
    other = Api(make_user("bob"))
    make_repository(other.user, name="mine")
    return pass_for(other, "models/bob/mine")


def registered():
    """How many files are registered, in whole or in parts."""
    return Reconstruction.objects.count() + Term.objects.count() + Upload.objects.count()


def land(api, sha256, size, name="w.bin", target="ada/thing"):
    """Commit a file that was registered."""
    value = {"path": name, "algo": "sha256", "oid": sha256, "size": size}
    return api.commit(f"models/{target}", {"key": "lfsFile", "value": value})


def test_version_two_says_how_it_went_in_its_last_line(sent):
    answer = sent.post("v2/shards", SHARD.data)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/x-ndjson")
    assert json.loads(answer.content.splitlines()[-1]) == {"type": "result", "result": 1}


def test_version_one_says_it_at_once(sent):
    assert sent.post("v1/shards", SHARD.data).json() == {"result": 1}


def test_a_registered_file_is_committed_and_pulled_whole(owner, anybody, sent):
    sent.post("v2/shards", SHARD.data)
    assert land(owner, FILE.true_sha256, len(DATA)).status_code == 200
    [entry] = owner.post("/api/models/ada/thing/paths-info/main", {"paths": ["w.bin"]}).json()
    assert entry["xetHash"] == FILE.true_hash
    assert entry["lfs"]["oid"] == FILE.true_sha256
    assert anybody.get("/ada/thing/resolve/main/w.bin").getvalue() == DATA
    part = anybody.get("/ada/thing/resolve/main/w.bin", Range="bytes=100000-200000")
    assert (part.status_code, part.getvalue()) == (206, DATA[100_000:200_001])


def test_the_same_shard_again_changes_nothing(sent):
    sent.post("v2/shards", SHARD.data)
    before = registered()
    assert sent.post("v2/shards", SHARD.data).status_code == 200
    assert registered() == before


def other_end(**said):
    return Shard([File([Part(XORB, **said)])], [XORB])


TWO = Part(XORB, 0, 2)
LIES = {
    "a wrong file hash": Shard([File([Part(XORB)], hash="1" * 64)], [XORB]),
    "the hash of nothing": Shard([File([Part(XORB)], hash="0" * 64)], [XORB]),
    "a wrong range hash": other_end(range_hash=b"\1" * 32),
    "no range hash": other_end(range_hash=bytes(32)),
    "more bytes than the chunks have": other_end(length=len(DATA) + 1),
    "fewer bytes": other_end(length=len(DATA) - 1),
    "as many bytes as a field holds": other_end(length=2**32 - 1),
    "no bytes": other_end(length=0),
    "flags": other_end(flags=1),
    "overlapping terms as one file": Shard([File([Part(XORB), TWO], hash=FILE.true_hash)], [XORB]),
    "a term twice": Shard([File([TWO, TWO], hash=FILE.true_hash)], [XORB]),
    "no terms": Shard([File([], hash=FILE.true_hash)], [XORB]),
    "more terms than there are": Shard([File([Part(XORB)], count=2)], [XORB]),
    "as many terms as a field holds": Shard([File([Part(XORB)], count=2**32 - 1)], [XORB]),
    "fewer terms": Shard([File([TWO, Part(XORB, 2)], count=1)], [XORB]),
    "no range hashes": Shard([File([Part(XORB)], flags=1 << 30)], [XORB]),
    "no sha256": Shard([File([Part(XORB)], flags=1 << 31)], [XORB]),
    "a xorb that was never sent": Shard([File([Part(XORB, xorb_hash="2" * 64)])], [XORB]),
    "another tag": Shard([FILE], [XORB], tag=bytes(32)),
    "another version": Shard([FILE], [XORB], version=2**63),
    "a true file beside a lie": Shard([FILE, File([TWO], hash="1" * 64)], [XORB]),
}
ENDS = {
    "terms past the end": (0, len(XORB.chunks) + 1),
    "terms far past the end": (2**32 - 2, 2**32 - 1),
    "terms that end before they begin": (2, 1),
    "empty terms": (1, 1),
}


def with_range(first, last):
    """The shard with another chunk range in its only term, which follows the file's entry."""
    data = bytearray(SHARD.data)
    at = 48 + 48 + 40
    data[at : at + 8] = first.to_bytes(4, "little") + last.to_bytes(4, "little")
    return bytes(data)


@pytest.mark.parametrize("version", ["v1", "v2"])
@pytest.mark.parametrize("lie", LIES)
def test_a_lie_is_refused_and_leaves_nothing(sent, lie, version):
    answer = sent.post(f"{version}/shards", LIES[lie].data)
    assert answer.status_code == 400, answer.content
    assert (answer.json()["field"], registered(), Chunk.objects.count()) == ("shard", 0, 0)


@pytest.mark.parametrize("lie", ENDS)
def test_terms_lie_inside_their_xorb(sent, lie):
    assert sent.post("v2/shards", with_range(*ENDS[lie])).status_code == 400
    assert registered() == 0


def test_a_shard_that_breaks_off_anywhere_is_refused(sent):
    data = SHARD.data
    for end in [*range(0, len(data), 37), len(data) - 1]:
        assert sent.post("v2/shards", data[:end]).status_code == 400
    assert registered() == 0


def test_a_body_that_breaks_off_or_is_too_long_is_refused(sent):
    data = SHARD.data
    assert sent.send("POST", "v2/shards", data, length=len(data) + 1).status_code == 400
    assert sent.send("POST", "v2/shards", data, length=MAX_SHARD + 1).status_code == 413
    assert registered() == 0


def test_what_is_not_verified_in_time_is_to_be_sent_again(sent, settings):
    settings.XET_SHARD_SECONDS = -1
    newer, older = sent.post("v2/shards", SHARD.data), sent.post("v1/shards", SHARD.data)
    event = json.loads(newer.content)
    assert (newer.status_code, event["type"], event["retryable"]) == (200, "error", True)
    assert (older.status_code, older["X-Error-Code"]) == (503, "NotYetVerified")
    assert int(older["Retry-After"]) > 0
    assert registered() == 0
    settings.XET_SHARD_SECONDS = 40
    assert sent.post("v1/shards", SHARD.data).status_code == 200


def test_only_so_much_of_a_user_waits_to_be_read(sent, settings):
    settings.XET_UNREAD = len(DATA) + 65536
    assert json.loads(sent.post("v2/shards", SHARD.data).content)["type"] == "result"
    further = Shard([File([Part(XORB, 0, 2)])], [XORB])
    assert json.loads(sent.post("v2/shards", further.data).content)["retryable"] is True
    assert Upload.objects.count() == 1
    verify(upload_id=str(Upload.objects.get().pk))
    assert json.loads(sent.post("v2/shards", further.data).content)["type"] == "result"


def test_only_so_many_shards_wait_in_a_process(sent, settings):
    held = [settling_places().acquire(blocking=False) for _ in range(settings.HUB_SETTLING)]
    try:
        assert json.loads(sent.post("v2/shards", SHARD.data).content)["retryable"] is True
        assert registered() == 0
    finally:
        settling_places().release(len(held))
    assert json.loads(sent.post("v2/shards", SHARD.data).content) == {"type": "result", "result": 1}
    with_all_verified = [settling_places().acquire(blocking=False) for _ in range(settings.HUB_SETTLING)]
    try:
        assert sent.post("v1/shards", SHARD.data).status_code == 200
    finally:
        settling_places().release(len(with_all_verified))


@pytest.mark.parametrize(
    "data", [XORB.data[:-1], noise(len(XORB.data), 7), Xorb(XORB.chunks[::-1]).data[: len(XORB.data) - 1]]
)
def test_a_xorb_that_came_by_a_link_and_is_a_lie_is_found_out(storage, data):
    send_by_link(storage, XORB, data)
    answer = storage.post("v2/shards", SHARD.data)
    assert answer.status_code == 400
    assert "was not uploaded" in answer.json()["error"]
    assert (registered(), KeptXorb.objects.count()) == (0, 0)


def test_a_private_xorb_gives_a_file_only_to_who_has_its_chunks(sent, bob):
    sent.post("v2/shards", SHARD.data)
    before = registered()
    for lie in (bytes(32), b"\1" * 32):
        stolen = other_end(range_hash=lie)
        assert bob.post("v2/shards", stolen.data).status_code == 400
    assert registered() == before
    assert bob.post("v2/shards", SHARD.data).status_code == 200


def probes(hash, mine):
    """Shards of somebody who knows a xorb's hash and nothing else of it."""
    own = Part(mine)
    for part in (
        Part(XORB, xorb_hash=hash, range_hash=bytes(32)),
        Part(XORB, 0, 2, xorb_hash=hash, range_hash=bytes(32), length=2 * 65536),
        Part(XORB, 0, 2, xorb_hash=hash, range_hash=bytes(32), length=2),
        Part(XORB, 5000, 5001, xorb_hash=hash, range_hash=bytes(32), length=9),
    ):
        file = File([part], hash="f" * 64)
        for before in ([], [File([own], hash="1" * 64)], [File([Part(mine, length=9)], hash="2" * 64)]):
            yield Shard([*before, file])
        yield Shard([File([part, Part(mine, range_hash=bytes(32))], hash="f" * 64)])


def test_a_hash_alone_does_not_tell_whether_somebody_has_the_xorb(sent, bob):
    assert sent.post("v2/shards", SHARD.data).status_code == 200
    nowhere = XORB.hash[:-1] + ("0" if XORB.hash[-1] != "0" else "1")
    mine = Xorb(cut(noise(100_000, 5)))
    send_by_link(bob, mine)
    told = []
    for hash in (XORB.hash, nowhere):
        answers = [bob.post("v2/shards", shard.data) for shard in probes(hash, mine)]
        told.append([(a.status_code, a.content.decode().replace(hash, "")) for a in answers])
    assert told[0] == told[1]
    assert {status for status, _ in told[0]} == {400}


def test_a_wrong_sha256_is_found_out_before_anybody_else_is_served(owner, anybody, sent):
    lie = Shard([File([Part(XORB)], sha256="ab" * 32)], [XORB])
    assert sent.post("v2/shards", lie.data).status_code == 200
    answer = land(owner, "ab" * 32, len(DATA))
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "BlobRefused")
    verify(upload_id=str(Upload.objects.get().pk))
    assert Upload.objects.get().state == Upload.State.REFUSED
    assert not RepositoryBlob.objects.filter(sha256="ab" * 32).exists()


def test_a_lie_beside_the_truth_does_not_refuse_the_file(owner, anybody, sent, settings):
    settings.VERIFY_INLINE_LIMIT = 1000
    other = Xorb(cut(noise(len(DATA), 77)))
    send_by_link(sent, other)
    assert sent.post("v2/shards", SHARD.data).status_code == 200
    lie = Shard([File([Part(other)], sha256=FILE.true_sha256)], [other])
    assert sent.post("v2/shards", lie.data).status_code == 200
    assert land(owner, FILE.true_sha256, len(DATA)).status_code == 200
    false, true = Upload.objects.order_by("-created_at")
    verify(upload_id=str(false.pk))
    assert RepositoryBlob.objects.get(sha256=FILE.true_sha256).state == RepositoryBlob.State.CHECKING
    verify(upload_id=str(true.pk))
    assert anybody.get("/ada/thing/resolve/main/w.bin").getvalue() == DATA


def test_what_was_registered_elsewhere_is_not_there(owner, sent, bob):
    sent.post("v2/shards", SHARD.data)
    make_repository(owner.user, name="other")
    answer = land(owner, FILE.true_sha256, len(DATA), target="ada/other")
    assert (answer.status_code, answer["X-Error-Code"]) == (422, "BlobMissing")


def test_registering_costs_few_queries(sent, django_assert_max_num_queries):
    parts = [Part(XORB, at, at + 1) for at in range(len(XORB.chunks))]
    many = Shard([File(parts), File(parts[::-1])], [XORB])
    with django_assert_max_num_queries(45):
        assert sent.post("v2/shards", many.data).status_code == 200


def test_chunks_of_files_are_known_to_those_who_may_read_them(owner, sent, bob, anybody):
    sent.post("v2/shards", SHARD.data)
    path = f"v1/chunks/default/{to_text(chunk_hash(XORB.chunks[0]))}"
    assert sent.get(path).status_code == 200
    assert bob.get(path).status_code == 404
    land(owner, FILE.true_sha256, len(DATA))
    assert bob.get(path).status_code == 200
    owner.send("PUT", "/api/models/ada/thing/settings", {"private": True})
    assert bob.get(path).status_code == 404
    answer = sent.get(path)
    assert answer.content.startswith(b"HFRepoMetaData\0")
    assert not any(chunk_hash(chunk) in answer.content for chunk in XORB.chunks)


def test_what_was_sent_and_is_no_file_yet_is_known_to_writers_only(owner, sent, anybody):
    sent.post("v2/shards", SHARD.data)
    path = f"v1/chunks/default/{to_text(chunk_hash(XORB.chunks[0]))}"
    assert sent.get(path).status_code == 200
    reader = pass_for(anybody, "models/ada/thing", "read")
    assert reader.get(path).status_code == 404
    land(owner, FILE.true_sha256, len(DATA))
    assert reader.get(path).status_code == 200


def test_other_chunks_are_not_known(sent):
    sent.post("v2/shards", SHARD.data)
    answer = sent.get(f"v1/chunks/default/{'3' * 64}")
    assert (answer.status_code, answer["X-Error-Code"]) == (404, "EntryNotFound")
    assert cut(DATA) == XORB.chunks


def test_of_a_file_that_is_known_only_its_own_chunks_are_told(owner, storage, bob):
    """One xorb has a public file's chunks and a private one's; what follows the public one's is told, too."""
    shared, further = Xorb(cut(noise(640_000, 8))), Xorb(cut(noise(300_000, 9)))
    for xorb in (shared, further):
        send_by_link(storage, xorb)
    public = File([Part(shared, 0, 3), Part(further)])
    make_repository(owner.user, name="secret", visibility="private")
    secret = File([Part(shared, 3)])
    assert storage.post("v2/shards", Shard([public], [shared, further]).data).status_code == 200
    assert pass_for(owner, "models/ada/secret").post("v2/shards", Shard([secret]).data).status_code == 200
    assert land(owner, public.true_sha256, len(public.raw)).status_code == 200
    assert land(owner, secret.true_sha256, len(secret.raw), target="ada/secret").status_code == 200
    paths = [f"v1/chunks/default/{to_text(chunk_hash(shared.chunks[place]))}" for place in (0, 3)]
    assert [bob.get(path).status_code for path in paths] == [200, 404]
    told = bob.get(paths[0]).content
    key = told[-200 + 72 : -200 + 104]
    shown = [shielded(chunk_hash(chunk), key) in told for chunk in shared.chunks + further.chunks]
    assert shown == [True] * 3 + [False] * (len(shared.chunks) - 3) + [True] * len(further.chunks)


def test_asking_about_a_chunk_costs_few_queries(owner, sent, django_assert_max_num_queries):
    sent.post("v2/shards", SHARD.data)
    land(owner, FILE.true_sha256, len(DATA))
    with django_assert_max_num_queries(9):
        assert sent.get(f"v1/chunks/default/{to_text(chunk_hash(XORB.chunks[0]))}").status_code == 200


def test_a_proposal_in_chunks_is_held_to_the_proposers_own_limit(owner, sent):
    namespace = owner.user.namespace
    set_storage_limit(namespace=namespace, limit=1)
    guest = Api(make_user("bob"))
    storage = pass_for(guest, "models/ada/thing", revision="main?create_pr=1")
    set_storage_limit(namespace=guest.user.namespace, limit=len(DATA) - 1)
    refused = storage.post("v2/shards", SHARD.data)
    assert refused.status_code == 403
    assert b"bob uses" in refused.content
    assert b"ada" not in refused.content
    assert grant(storage, "5" * 64, len(DATA)).status_code == 403
    set_storage_limit(namespace=guest.user.namespace, limit=len(DATA))
    assert storage.post("v2/shards", SHARD.data).status_code == 200
    assert storage.post("v2/shards", other_end().data).status_code == 200
    assert coming_to(guest.user.namespace) == len(DATA)
    assert coming_to(namespace) == 0
