"""Squash a branch; list large files and delete them for good."""

import hashlib

import pytest

from accounts.models import AuditEvent
from hub.errors import StaleRef
from hub.revisions.models import Ref, RepositoryBlob
from hub.revisions.operations import AddBlob, AddInline, DeleteFile
from hub.revisions.refs import create_branch, create_tag
from hub.revisions.rewriting import squash_history
from hub.revisions.selectors import resolve_revision
from tests.factories.repositories import add_large, commit, make_repository, upload
from tests.http.api import Api
from tests.http.huggingface.test_trees import follow
from tests.racing import failures, race

pytestmark = pytest.mark.django_db
API = "/api/models/ada/thing"
BYTES = b"\0weights" * 20


@pytest.fixture
def thing(owner):
    """A repository with a large file that was there from the third commit to the fifth."""
    repository = make_repository(owner.user, name="thing", files={"a.txt": b"1"})
    add_large(repository, owner.user, "models/large.bin", BYTES)
    commit(repository, owner.user, [AddInline("models/b.txt", b"2")], summary="Between")
    create_branch(repo=repository, name="side", start=None, actor_user=owner.user)
    create_tag(repo=repository, name="v1", revision=None, actor_user=owner.user)
    commit(repository, owner.user, [DeleteFile("models/large.bin")], summary="Remove")
    return repository


def squash(api, branch="main", **body):
    return api.post(f"{API}/super-squash/{branch}", {"message": "All in one", **body})


def delete(api, *sha256s, **more):
    return api.post(f"{API}/lfs-files/batch", {"deletions": {"sha": list(sha256s), **more}})


def titles(api, revision="main"):
    return [one["title"] for one in follow(api, f"{API}/commits/{revision}?limit=2")[0]]


def paths(api, revision="main"):
    return [one["path"] for one in api.get(f"{API}/tree/{revision}?recursive=true").json()]


def test_a_squashed_branch_has_one_commit_and_the_same_files(owner, thing):
    before, files = resolve_revision(thing, None), paths(owner)
    assert squash(owner).status_code == 200
    after = resolve_revision(thing, None)
    assert titles(owner) == ["All in one"]
    assert (after.tree, paths(owner)) == (before.tree, files)
    thing.refresh_from_db()
    assert thing.head == after.commit
    expanded = owner.get(f"{API}/tree/main?expand=true").json()
    assert {entry["lastCommit"]["id"] for entry in expanded} == {after.commit}
    assert len(titles(owner, "side")) == 4
    assert AuditEvent.objects.filter(event="history.squashed", subject=thing.subject).count() == 1
    commit(thing, owner.user, [AddInline("a.txt", b"3")], summary="Next")
    assert titles(owner) == ["Next", "All in one"]


def test_a_pull_requests_branch_can_be_squashed_and_a_tag_or_a_commit_cannot(owner, thing):
    head = resolve_revision(thing, None).commit
    Ref.objects.create(repository=thing, name="refs/pr/1", commit_id=head)
    assert squash(owner, "refs%2Fpr%2F1").status_code == 200
    assert titles(owner, "refs%2Fpr%2F1") == ["All in one"]
    assert (len(titles(owner)), resolve_revision(thing, None).commit) == (5, head)
    for branch, status in (("v1", 400), (head, 400), ("nothing", 404), ("refs%2Ftags%2Fv1", 400)):
        assert squash(owner, branch).status_code == status, branch
    assert squash(owner, message=5).json()["field"] == "message"


@pytest.mark.django_db(transaction=True)
def test_of_a_squash_and_commits_at_once_none_is_lost(owner):
    repository = make_repository(owner.user, name="thing")
    racers = [
        lambda n=n: commit(repository, owner.user, [AddInline(f"{n}", b"")], summary=f"{n}") for n in range(3)
    ]
    racers += [
        lambda: squash_history(repo=repository, branch="main", message="squash", actor_user=owner.user)
    ] * 2
    futures = race(racers)
    assert set(failures(futures)) <= {StaleRef}
    landed = [str(n) for n, future in enumerate(futures[:3]) if not future.exception()]
    assert paths(owner) == [".gitattributes", *landed]


def test_large_files_of_the_whole_history_are_listed_by_pages(owner, thing):
    others = [add_large(thing, owner.user, f"{n}.bin", BYTES + bytes([n])) for n in range(3)]
    items, pages = follow(owner, f"{API}/lfs-files?limit=3")
    assert pages == 2
    first = hashlib.sha256(BYTES).hexdigest()
    assert [item["fileOid"] for item in items] == [*others[::-1], first]
    assert items[-1].items() >= {"filename": "models/large.bin", "size": len(BYTES), "oid": first}.items()
    assert items[-1]["pusher"] == {"name": "ada"}


def test_a_deleted_file_is_in_no_commit_and_can_no_longer_be_had(owner, thing):
    sha256, was = hashlib.sha256(BYTES).hexdigest(), resolve_revision(thing, "side").commit
    other = make_repository(owner.user, name="other")
    add_large(other, owner.user, "mine.bin", BYTES)
    assert delete(owner, sha256, rewriteHistory=True).json() == {"deleted": 1}
    for revision in ("main", "side", "v1"):
        assert paths(owner, revision) == [".gitattributes", "a.txt", "models", "models/b.txt"]
    assert titles(owner) == ["Remove", "Between", "Change", "Change", "initial commit"]
    history = follow(owner, f"{API}/commits/main")[0]
    assert all("models/large.bin" not in paths(owner, one["id"]) for one in history)
    assert owner.get(f"{API}/tree/{was}").headers["X-Error-Code"] == "RevisionNotFound"
    assert owner.get(f"/ada/thing/resolve/{was}/models/large.bin").status_code == 404
    assert owner.get("/ada/other/resolve/main/mine.bin").status_code in (200, 302)
    assert owner.get(f"{API}/lfs-files").json() == []
    expanded = owner.get(f"{API}/tree/main?expand=true&recursive=true").json()
    titled = {entry["path"]: entry["lastCommit"]["title"] for entry in expanded}
    assert titled == {
        ".gitattributes": "initial commit",
        "a.txt": "Change",
        "models": "Between",
        "models/b.txt": "Between",
    }
    again = owner.commit(
        "models/ada/thing", {"key": "lfsFile", "value": {"path": "x", "algo": "sha256", "oid": sha256}}
    )
    assert again.headers["X-Error-Code"] in ("BlobMissing", "BlobRefused")
    assert add_large(thing, owner.user, "again.bin", BYTES) == sha256
    assert owner.get("/ada/thing/resolve/main/again.bin").status_code in (200, 302)


def test_without_rewriting_the_pointers_stay_and_lead_nowhere(owner, thing):
    sha256, was = hashlib.sha256(BYTES).hexdigest(), resolve_revision(thing, "side").commit
    assert delete(owner, sha256, rewriteHistory=False).status_code == 200
    assert resolve_revision(thing, "side").commit == was
    assert "models/large.bin" in paths(owner, "side")
    assert owner.get("/ada/thing/resolve/side/models/large.bin").status_code >= 400
    assert not RepositoryBlob.objects.filter(repository=thing, sha256=sha256).exists()


def test_deleting_the_only_file_leaves_an_empty_commit(owner):
    repository = make_repository(owner.user, name="thing")
    sha256 = upload(repository, owner.user, BYTES)
    commit(repository, owner.user, [AddBlob("README.md", sha256), DeleteFile(".gitattributes")])
    assert delete(owner, sha256).status_code == 200
    assert paths(owner) == []


def test_small_files_and_strangers_objects_are_not_deleted(owner, thing):
    small = hashlib.sha256(b"1").hexdigest()
    assert delete(owner, small, "0" * 64).json() == {"deleted": 0}
    assert "a.txt" in paths(owner)
    assert RepositoryBlob.objects.filter(repository=thing, sha256=small).exists()


@pytest.mark.parametrize(
    ("deletions", "field"),
    [
        (None, "deletions"),
        ([], "deletions"),
        ({}, "deletions"),
        ({"sha": "x"}, "deletions"),
        ({"sha": [1]}, "sha"),
        ({"sha": ["A" * 64]}, "sha"),
        ({"sha": ["0" * 64] * 1001}, "sha"),
        ({"sha": [], "rewriteHistory": "yes"}, "rewriteHistory"),
    ],
)
def test_a_bad_deletion_is_named(owner, thing, deletions, field):
    response = owner.post(f"{API}/lfs-files/batch", {"deletions": deletions})
    assert response.status_code in (400, 413)
    assert response.json()["field"] == field


def test_writers_squash_and_list_and_only_admins_delete(people):
    admin = people["admin"]
    namespace = admin.memberships.get().organisation
    repository = make_repository(admin, namespace=namespace, name="thing")
    sha256 = add_large(repository, admin, "x.bin", BYTES)
    for who, person in people.items():
        api, place = Api(person), "/api/models/the-lab/thing"
        writes, refused = who in ("write", "admin"), 401 if person is None else 403
        squashed = api.post(f"{place}/super-squash/main", {"message": "x"})
        assert squashed.status_code == (200 if writes else refused)
        listed = api.get(f"{place}/lfs-files")
        assert listed.status_code == (200 if writes else refused)
        assert (sha256.encode() in listed.content) == writes
        deleted = api.post(f"{place}/lfs-files/batch", {"deletions": {"sha": ["0" * 64]}})
        assert deleted.status_code == (200 if who == "admin" else refused)
