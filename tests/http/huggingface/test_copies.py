"""Copies that share the bytes: whole repositories, and single objects."""

import hashlib

import pytest

from hub.errors import RepoNotFound
from hub.repos.models import Repository
from hub.repos.policies import set_scan_policy
from hub.repos.services import change_settings, take_down
from hub.revisions.copies import duplicate_repository
from hub.revisions.models import Ref, RepositoryBlob
from hub.revisions.moving import move_repository
from hub.revisions.operations import AddBlob, AddInline
from hub.revisions.refs import create_branch, create_tag
from hub.revisions.selectors import resolve_revision
from hub.revisions.uploads import verify
from storage import services as storage
from storage.models import Blob, Upload
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.factories.repositories import add_large, commit, make_repository, upload
from tests.http.api import Api

pytestmark = pytest.mark.django_db
BYTES = b"\0weights" * 20
SHA = hashlib.sha256(BYTES).hexdigest()
CARD = b"---\nlicense: mit\ntags: [good]\n---\n# Thing\n"


@pytest.fixture
def thing(owner):
    """A public repository with a card, a large file, a branch and a tag."""
    repository = make_repository(owner.user, name="thing", files={"README.md": CARD})
    add_large(repository, owner.user, "large.bin", BYTES)
    create_branch(repo=repository, name="side", start=None, actor_user=owner.user)
    commit(repository, owner.user, [AddInline("a/b", b"1")], ref="refs/heads/side", summary="Aside")
    create_tag(repo=repository, name="v1", revision=None, actor_user=owner.user)
    Ref.objects.create(repository=repository, name="refs/pr/1", commit_id=repository.head)
    return repository


@pytest.fixture
def bob(db):
    """Somebody else."""
    return Api(make_user("bob"))


def duplicate(api, source="ada/thing", target="bob/copy", **more):
    return api.post(f"/api/models/{source}/duplicate", {"repository": target, **more})


def share(api, *sha256s, source="ada/thing", target="bob/mine", type="model"):
    files = [{"xetHash": "0" * 64, "sha256": sha256, "filename": "x"} for sha256 in sha256s]
    target = {"type": type, "name": target}
    return api.post(f"/api/models/{source}/lfs-files/duplicate", {"target": target, "files": files})


def commit_object(api, target="bob/mine", sha256=SHA):
    value = {"path": "copied.bin", "algo": "sha256", "oid": sha256}
    return api.commit(f"models/{target}", {"key": "lfsFile", "value": value})


def test_a_copy_has_the_history_the_card_and_the_files(thing, owner, bob):
    blobs = Blob.objects.count()
    response = duplicate(bob)
    assert response.json()["url"] == "http://testserver/bob/copy"
    assert response.json()["filesCopyPending"] is False
    for place in ("refs", "commits/main", "commits/side", "tree/side?recursive=true&expand=true"):
        assert (
            bob.get(f"/api/models/bob/copy/{place}").json()
            == owner.get(f"/api/models/ada/thing/{place}").json()
        )
    assert Blob.objects.count() == blobs
    copy = Repository.objects.get(name="copy")
    assert (copy.licence, copy.head, copy.visibility) == ("mit", thing.head, "public")
    assert not Ref.objects.filter(repository=copy, name__startswith="refs/pr").exists()
    for path in ("README.md", "large.bin"):
        assert bob.get(f"/bob/copy/resolve/main/{path}").status_code in (200, 302)
    commit(copy, bob.user, [AddInline("new", b"1")])
    assert resolve_revision(thing, None).commit != resolve_revision(copy, None).commit


def test_a_taken_name_answers_409_with_its_address(thing, bob):
    duplicate(bob)
    response = duplicate(bob)
    assert (response.status_code, response.json()["url"]) == (409, "http://testserver/bob/copy")


def test_private_stays_private_and_gated_stays_gated_unless_told_otherwise(thing, owner):
    for settings, more, expected in (
        ({"visibility": "private"}, {}, ("private", "")),
        ({}, {"visibility": "public"}, ("public", "")),
        ({"visibility": "public", "gated": "auto"}, {}, ("public", "auto")),
        ({}, {"visibility": "private"}, ("private", "auto")),
    ):
        if settings:
            change_settings(repository=thing, actor_user=owner.user, **settings)
        name = f"copy{Repository.objects.count()}"
        assert duplicate(owner, target=f"ada/{name}", **more).status_code == 200
        copy = Repository.objects.get(name=name)
        assert (copy.visibility, copy.gated) == expected


def test_whoever_may_not_pull_cannot_copy(thing, owner, bob, anybody):
    assert duplicate(anybody).status_code == 401
    assert duplicate(bob, target="ada/copy").status_code == 403
    assert duplicate(Api(bob.user, role="read")).status_code == 403
    change_settings(repository=thing, actor_user=owner.user, gated="manual")
    for response in (duplicate(bob), share(bob, SHA)):
        assert (response.status_code, response.headers["X-Error-Code"]) == (403, "GatedRepo")
    change_settings(repository=thing, actor_user=owner.user, visibility="private")
    for response in (duplicate(bob), share(bob, SHA), duplicate(bob, source="ada/nothing")):
        assert (response.status_code, response.headers["X-Error-Code"]) == (404, "RepoNotFound")
    assert not Repository.objects.filter(name="copy").exists()


def test_what_a_moderator_withheld_is_not_copied(thing, owner):
    take_down(repository=thing, actor_user=None)
    make_repository(owner.user, name="mine")
    assert duplicate(owner, target="ada/copy").status_code == 403
    assert share(owner, SHA, target="ada/mine").status_code == 403


@pytest.mark.parametrize("sha256", [SHA, hashlib.sha256(CARD).hexdigest()])
def test_withheld_bytes_come_into_no_copy(thing, owner, bob, sha256):
    storage.quarantine(sha256=sha256)
    for api, target in ((bob, "bob/copy"), (owner, "ada/copy")):
        refused = duplicate(api, target=target)
        assert (refused.status_code, refused.headers["X-Error-Code"]) == (403, "BlobQuarantined")
        assert "found to be dangerous" in refused.json()["error"]
    assert not Repository.objects.filter(name="copy").exists()
    storage.release(sha256=sha256)
    assert duplicate(bob).status_code == 200


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        ("suspicious", 403, "BlobWithheld"),
        ("error", 403, "BlobWithheld"),
        ("queued", 503, "BlobBeingScanned"),
    ],
)
def test_what_the_rules_of_the_source_refuse_comes_into_no_copy(thing, bob, state, status, code):
    make_repository(bob.user, name="mine")
    set_scan_policy(organisation=None, kind="model", said={state: "refuse"}, actor_user=None)
    Blob.objects.update(scan_state="safe")
    Blob.objects.filter(pk=SHA).update(scan_state=state)
    refused = duplicate(bob)
    assert (refused.status_code, refused.headers["X-Error-Code"]) == (status, code)
    assert "large.bin" in refused.json()["error"]
    assert share(bob, SHA).json()["failed"][0]["sha256"] == SHA
    Blob.objects.filter(pk=SHA).update(scan_state="safe")
    assert duplicate(bob).status_code == 200
    assert share(bob, SHA).json() == {"failed": []}


def test_a_copy_of_a_file_that_is_being_checked_waits_with_it(thing, owner, bob):
    data = b"\1" + BYTES
    sha256 = upload(thing, owner.user, data)
    commit(thing, owner.user, [AddBlob("later.bin", sha256)])
    row = RepositoryBlob.objects.get(repository=thing, sha256=sha256)
    Upload.objects.filter(pk=row.upload_id).update(state=Upload.State.RECEIVED)
    RepositoryBlob.objects.filter(pk=row.pk).update(state="checking")
    assert duplicate(bob).json()["filesCopyPending"] is True
    assert bob.get("/bob/copy/resolve/main/later.bin").status_code == 503
    verify(upload_id=str(row.upload_id))
    assert bob.get("/bob/copy/resolve/main/later.bin").status_code in (200, 302)


def test_queries_of_a_copy_do_not_grow_with_the_history(owner, django_assert_max_num_queries):
    for size in (3, 40):
        repository = make_repository(owner.user, name=f"of{size}", files={str(n): b"" for n in range(size)})
        for number in range(size):
            commit(repository, owner.user, [AddInline("x", str(number).encode())])
        with django_assert_max_num_queries(33):
            assert duplicate(owner, f"ada/of{size}", f"ada/copy{size}").status_code == 200


@pytest.mark.parametrize("repository", [None, 5, "", "x", "a/b/c", "/x", "x/", "\0/x", "ada/"])
def test_a_bad_target_is_named(thing, owner, repository):
    response = duplicate(owner, target=repository)
    assert response.status_code == 400
    assert response.json()["field"] == "repository"


def test_an_object_is_shared_and_then_committed_without_its_bytes(thing, bob):
    make_repository(bob.user, name="mine")
    assert commit_object(bob).headers["X-Error-Code"] == "BlobMissing"
    assert share(bob, SHA).json() == {"failed": []}
    assert commit_object(bob).status_code == 200
    assert bob.get("/bob/mine/resolve/main/copied.bin").status_code in (200, 302)
    assert share(bob, SHA).json() == {"failed": []}
    assert [item["filename"] for item in bob.get("/api/models/bob/mine/lfs-files").json()] == ["copied.bin"]


def test_what_the_source_does_not_hold_in_a_commit_is_not_shared(thing, owner, bob):
    make_repository(bob.user, name="mine")
    elsewhere = make_repository(owner.user, name="private", visibility="private")
    secret = add_large(elsewhere, owner.user, "x.bin", b"\0secret")
    pending = upload(thing, owner.user, b"\0not committed")
    failed = share(bob, secret, pending, "0" * 64, SHA).json()["failed"]
    assert [item["sha256"] for item in failed] == [secret, pending, "0" * 64]
    assert len({item["error"] for item in failed}) == 1
    assert commit_object(bob, sha256=secret).status_code == 422


def test_withheld_objects_are_not_shared(thing, bob):
    make_repository(bob.user, name="mine")
    storage.quarantine(sha256=SHA)
    assert "withheld" in share(bob, SHA).json()["failed"][0]["error"]


def test_the_target_must_be_the_callers_to_write(thing, owner, bob, anybody):
    make_repository(bob.user, name="mine")
    make_repository(owner.user, name="hidden", visibility="private")
    lab = make_organisation("the-lab", owner=owner.user)
    make_member(lab, "read", bob.user)
    make_repository(owner.user, namespace=lab, name="theirs", visibility="private")
    assert share(anybody, SHA).status_code == 401
    assert share(owner, SHA).status_code == 403
    assert share(bob, SHA, target="the-lab/theirs").status_code == 403
    for target in ("ada/hidden", "ada/nothing"):
        assert share(bob, SHA, target=target).headers["X-Error-Code"] == "RepoNotFound"
    assert share(bob, SHA, type="space").headers["X-Error-Code"] == "RepoNotFound"
    assert not RepositoryBlob.objects.filter(sha256=SHA).exclude(repository=thing).exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "target"),
        ({"target": []}, "target"),
        ({"target": {"name": "x"}}, "name"),
        ({"target": {"name": "bob/mine"}}, "files"),
        ({"target": {"name": "bob/mine"}, "files": [1]}, "files"),
        ({"target": {"name": "bob/mine"}, "files": [{}]}, "sha256"),
        ({"target": {"name": "bob/mine"}, "files": [{"sha256": "\0"}]}, "sha256"),
        ({"target": {"name": "bob/mine"}, "files": [{"sha256": "x"}] * 1001}, "files"),
    ],
)
def test_a_bad_request_to_share_is_named(thing, bob, body, field):
    make_repository(bob.user, name="mine")
    response = bob.post("/api/models/ada/thing/lfs-files/duplicate", body)
    assert response.status_code in (400, 413)
    assert response.json()["field"] == field


def test_a_target_is_found_by_its_former_name_by_those_who_may_write_to_it(thing, owner, bob):
    mine = make_repository(bob.user, name="mine", visibility="private")
    move_repository(repository=mine, namespace=bob.user.namespace, name="moved", actor_user=bob.user)
    assert share(owner, SHA).headers["X-Error-Code"] == "RepoNotFound"
    response = share(bob, SHA)
    assert (response.status_code, response.json()["failed"]) == (200, [])
    assert RepositoryBlob.objects.filter(sha256=SHA, repository=mine).exists()


@pytest.mark.parametrize("change", [{"visibility": "private"}, {"gated": "manual"}])
def test_a_source_that_was_shut_meanwhile_is_not_copied(db, change):
    owner, other = make_user(), make_user()
    source = make_repository(owner, name="thing")
    Repository.objects.filter(pk=source.pk).update(**change)
    with pytest.raises(RepoNotFound):
        duplicate_repository(
            source=source, namespace=other.namespace, name="copy", visibility="public", actor_user=other
        )
    assert not Repository.objects.filter(name="copy").exists()
