"""The batch of Git LFS, as huggingface_hub of several years and git-lfs send and read it."""

import hashlib

import pytest

from storage.models import Upload
from tests.factories.repositories import make_repository, put

pytestmark = pytest.mark.django_db
LFS = "application/vnd.git-lfs+json"
BATCH = "/ada/thing.git/info/lfs/objects/batch"


@pytest.fixture
def thing(owner):
    """A repository of the owner."""
    return make_repository(owner.user, name="thing")


def ask(api, *objects, **more):
    """A batch as the client of 2025 sends it; it offers a way of transfer that this hub does not choose."""
    body = {"operation": "upload", "transfers": ["basic", "multipart", "xet"], "objects": objects}
    return api.post(BATCH, {**body, "hash_algo": "sha256", "ref": {"name": "refs/pr/1"}, **more}, LFS)


def test_an_object_that_is_named_twice_is_begun_once(owner, thing):
    one, two = ({"oid": letter * 64, "size": 5} for letter in "ab")
    reply = ask(owner, one, two, one).json()
    assert reply["transfer"] == "basic"
    assert [item["oid"][0] for item in reply["objects"]] == ["a", "b", "a"]
    assert reply["objects"][0] == reply["objects"][2]
    assert Upload.objects.count() == 2


def test_only_the_call_to_the_hub_itself_bears_credentials(owner, thing):
    reply = ask(owner, {"oid": "a" * 64, "size": 5}).json()["objects"][0]
    assert reply["authenticated"] is True
    assert "header" not in reply["actions"]["upload"]
    assert reply["actions"]["verify"]["header"] == owner.headers


def test_an_empty_object_is_an_object(owner, thing):
    oid = hashlib.sha256(b"").hexdigest()
    upload = ask(owner, {"oid": oid, "size": 0}).json()["objects"][0]["actions"]["upload"]
    put(upload["href"], b"")
    line = {"key": "lfsFile", "value": {"path": "empty.bin", "algo": "sha256", "oid": oid, "size": 0}}
    assert owner.commit("models/ada/thing", line).status_code == 200
    assert owner.get("/api/models/ada/thing/tree/main").json()[-1]["size"] == 0


def test_an_error_has_its_words_where_git_lfs_looks_for_them(owner, anybody, thing):
    unknown = ask(owner, hash_algo="sha1")
    assert (unknown.status_code, unknown.json()["message"]) == (400, "hash_algo must be sha256.")
    assert ask(anybody).json()["message"]


def test_an_object_is_as_large_as_s3_allows(owner, thing, settings, monkeypatch):
    begun = []
    monkeypatch.setattr("storage.s3.begin_multipart", lambda key: begun.append(key) or "id")
    largest = 5 * 2**40
    reply = ask(owner, {"oid": "a" * 64, "size": largest}, {"oid": "b" * 64, "size": largest + 1}).json()
    header = reply["objects"][0]["actions"]["upload"]["header"]
    assert len(header) - 1 == -(-largest // int(header["chunk_size"])) <= 10_000
    assert int(header["chunk_size"]) <= 5 * 2**30
    assert "from 0 to 5497558138880" in reply["objects"][1]["error"]["message"]
    assert len(begun) == 1
    alone = ask(owner, {"oid": "c" * 64, "size": 6 * 2**30}, transfers=["basic"]).json()["objects"][0]
    assert alone["error"]["code"] == 413
