"""Each way in for somebody's proposal: held to the proposer's own limit, and silent about the owner's."""

import hashlib
import json
import os
from typing import Any

import pytest

from accounts.limits.services import set_storage_limit
from hub.revisions.models import RepositoryBlob
from hub.revisions.room import kept_by
from storage.models import Blob, Upload
from storage.services import keep_scan_states
from tests.factories.accounts import make_user
from tests.factories.discussions import make_pull
from tests.factories.repositories import make_repository, put
from tests.http.api import Api

pytestmark = pytest.mark.django_db
THING = "models/ada/thing"
LFS = "application/vnd.git-lfs+json"
SMALL = {"key": "file", "value": {"path": "small.txt", "content": "s" * 60}}


@pytest.fixture
def thing(owner):
    """A repository whose owner has no room at all."""
    thing = make_repository(owner.user, name="thing", files={"README.md": b"# One\n"})
    namespace = owner.user.namespace
    set_storage_limit(namespace=namespace, limit=kept_by(namespace))
    return thing


@pytest.fixture
def guest(thing):
    """Somebody else, who may keep 100 bytes."""
    user = make_user("grace")
    set_storage_limit(namespace=user.namespace, limit=100)
    return Api(user)


def commit(api: Api, *operations: dict[str, Any], to: str = "main?create_pr=1"):
    """Send a commit."""
    lines = [{"key": "header", "value": {"summary": "Change"}}, *operations]
    body = "\n".join(json.dumps(line) for line in lines)
    return api.post(f"/api/{THING}/commit/{to}", body, "application/x-ndjson")


def batch(api: Api, data: bytes) -> dict[str, Any]:
    """Ask for links to bring an object."""
    item = {"oid": hashlib.sha256(data).hexdigest(), "size": len(data)}
    body = {"operation": "upload", "transfers": ["basic"], "objects": [item], "hash_algo": "sha256"}
    return api.post("/ada/thing.git/info/lfs/objects/batch", body, LFS).json()["objects"][0]


def large(path: str, data: bytes) -> dict[str, Any]:
    """The line of a commit for a large file."""
    oid = hashlib.sha256(data).hexdigest()
    return {"key": "lfsFile", "value": {"path": path, "algo": "sha256", "oid": oid, "size": len(data)}}


def says_only(words: str) -> None:
    """It is about the guest, and about nobody else."""
    assert "grace" in words
    assert "ada" not in words


def test_a_small_file_is_proposed_while_the_owner_is_full_and_no_more_than_the_proposer_may_keep(guest):
    assert commit(guest, SMALL).status_code == 200
    other = {"key": "file", "value": {"path": "b.txt", "content": "b" * 41}}
    for to in ("main?create_pr=1", "refs%2Fpr%2F1"):
        answer = commit(guest, other, to=to)
        assert answer.status_code == 403
        says_only(answer.json()["error"])
    assert not RepositoryBlob.objects.filter(path="b.txt").exists()
    assert kept_by(guest.user.namespace) == 60
    other["value"]["content"] = "b" * 40
    assert commit(guest, other, to="refs%2Fpr%2F1").status_code == 200


def test_the_owners_own_commits_are_held_to_the_owners_limit_in_the_same_pull_request(owner, guest):
    assert commit(guest, SMALL).status_code == 200
    other = {"key": "file", "value": {"path": "b.txt", "content": "b" * 9}}
    answer = commit(owner, other, to="refs%2Fpr%2F1")
    assert (answer.status_code, "ada would keep" in answer.json()["error"]) == (403, True)


def test_sizes_are_refused_before_anything_is_sent(guest):
    def asked(size: int):
        files = [{"path": "w.bin", "size": size, "sample": ""}]
        return guest.post(f"/api/{THING}/preupload/main?create_pr=1", {"files": files})

    assert asked(100).status_code == 200
    assert asked(101).status_code == 403
    says_only(asked(101).json()["error"])


def test_a_large_file_by_lfs(guest):
    error = batch(guest, os.urandom(101))["error"]
    assert error["code"] == 403
    says_only(error["message"])
    assert not Upload.objects.exists()
    data = os.urandom(70)
    put(batch(guest, data)["actions"]["upload"]["href"], data)
    # What is on its way counts, and so does what came.
    assert "error" in batch(guest, os.urandom(31))
    assert commit(guest, large("w.bin", data)).status_code == 200
    assert "error" in batch(guest, os.urandom(31))
    assert "actions" in batch(guest, os.urandom(30))


def test_links_that_were_given_before_the_limit_sank_bring_nothing_into_a_pull_request(guest):
    data = os.urandom(70)
    put(batch(guest, data)["actions"]["upload"]["href"], data)
    set_storage_limit(namespace=guest.user.namespace, limit=69)
    answer = commit(guest, large("w.bin", data))
    assert answer.status_code == 403
    says_only(answer.json()["error"])


def test_a_merge_needs_the_owners_room(owner, guest, thing):
    make_pull(thing, guest.user, {"small.txt": b"s" * 60})
    keep_scan_states(dict.fromkeys(Blob.objects.values_list("sha256", flat=True), "safe"))
    address = f"/api/{THING}/discussions/1/merge"
    answer = owner.post(address, {})
    assert (answer.status_code, "ada would keep" in answer.json()["error"]) == (403, True)
    namespace = owner.user.namespace
    set_storage_limit(namespace=namespace, limit=kept_by(namespace) + 60)
    assert owner.post(address, {}).status_code == 200
    assert kept_by(guest.user.namespace) == 0
