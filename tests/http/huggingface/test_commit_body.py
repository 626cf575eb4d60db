"""The body of a commit is read as it arrives, lands as a whole or not at all, and leaves nothing behind."""

import base64
import io
import json
import tempfile

import pytest

from contributions.discussions.models import Discussion
from contributions.pulls.services import open_pull
from hub.revisions.models import Ref, RepositoryCommit
from hub.revisions.refs import create_tag
from hub.revisions.selectors import find_file, list_tree, read_text, resolve_revision
from storage.models import Blob
from tests.factories.accounts import make_token
from tests.factories.discussions import session
from tests.factories.repositories import make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db
ADDRESS = "/api/models/ada/thing/commit/main"


@pytest.fixture
def thing(owner):
    """A repository of the owner."""
    return make_repository(owner.user, name="thing", files={"a.txt": b"one", "d/x": b"x", "d/y": b"y"})


def inline(path, data):
    """A small file as a line of a commit."""
    content = base64.b64encode(data).decode()
    return {"key": "file", "value": {"path": path, "content": content, "encoding": "base64"}}


def deleted(path, key="deletedFile"):
    """A removal as a line of a commit."""
    return {"key": key, "value": {"path": path}}


def body(*operations):
    """A whole commit."""
    header = {"key": "header", "value": {"summary": "Change"}}
    return b"\n".join(json.dumps(line).encode() for line in (header, *operations)) + b"\n"


def files(repository):
    """Every file at the head with its text."""
    found = list_tree(resolve_revision(repository, "main"), recursive=True)
    texts = {entry.path: read_text(entry) for entry in found if entry.type == "file"}
    texts.pop(".gitattributes")
    return texts


def commits_of(repository):
    """How many commits there are."""
    return RepositoryCommit.objects.filter(repository=repository).count()


def test_a_long_commit_goes_through_a_file_on_disk_of_which_nothing_is_left(owner, thing, tmp_path):
    tempfile.tempdir = str(tmp_path)
    try:
        contents = {f"f{number}": bytes([65 + number]) * 900_000 for number in range(8)}
        reply = owner.commit("models/ada/thing", *(inline(path, data) for path, data in contents.items()))
        assert reply.status_code == 200, reply.content
        bad = owner.commit("models/ada/thing", *(inline("n" + p, d) for p, d in contents.items()), {"key": 1})
        assert bad.status_code == 400
        assert list(tmp_path.iterdir()) == []
    finally:
        tempfile.tempdir = None
    assert files(thing).items() >= {path: data.decode() for path, data in contents.items()}.items()
    assert commits_of(thing) == 3


def test_a_body_that_breaks_off_between_two_lines_is_no_shorter_commit(owner, thing):
    whole = body(inline("b", b"2"), inline("c", b"3"))
    cut = whole[: whole.index(b"\n", whole.index(b'"b"')) + 1]
    response = owner.client.generic(
        "POST",
        ADDRESS,
        cut,
        "application/x-ndjson",
        headers=owner.headers,
        CONTENT_LENGTH=str(len(whole)),
        **{"wsgi.input": io.BytesIO(cut)},
    )
    assert (response.status_code, response.json()["field"]) == (400, "body")
    assert f"{len(cut)} of {len(whole)}" in response.json()["error"]
    assert commits_of(thing) == 2
    assert not Blob.objects.filter(data=b"2").exists()


def test_a_body_without_a_length_is_read_to_its_end(owner, thing):
    sent = body(inline("b", b"2"))
    response = owner.client.generic(
        "POST",
        ADDRESS,
        b"",
        "application/x-ndjson",
        headers={**owner.headers, "Transfer-Encoding": "chunked"},
        CONTENT_LENGTH="",
        **{"wsgi.input": io.BytesIO(sent)},
    )
    assert response.status_code == 200, response.content
    assert files(thing)["b"] == "2"


def test_a_body_over_the_limit_is_refused_before_it_is_read(owner, thing, settings):
    settings.MAX_COMMIT_BODY = 200
    response = owner.commit("models/ada/thing", inline("b", b"2" * 200))
    assert (response.status_code, response.json()["field"]) == (413, "body")
    assert commits_of(thing) == 2


def test_a_second_header_is_refused(owner, thing):
    response = owner.commit("models/ada/thing", {"key": "header", "value": {"summary": "two"}})
    assert (response.status_code, response.json()["field"]) == (400, "header")


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([inline("a.txt", b"two"), inline("a.txt", b"three")], {"a.txt": "three", "d/x": "x", "d/y": "y"}),
        ([deleted("a.txt"), inline("a.txt", b"new")], {"a.txt": "new", "d/x": "x", "d/y": "y"}),
        ([inline("a.txt", b"new"), deleted("a.txt")], {"d/x": "x", "d/y": "y"}),
        ([inline("b", b"new"), deleted("b")], {"a.txt": "one", "d/x": "x", "d/y": "y"}),
        ([deleted("d/", "deletedFolder"), inline("d/z", b"z")], {"a.txt": "one", "d/z": "z"}),
        ([inline("d/z", b"z"), deleted("d/", "deletedFolder")], {"a.txt": "one"}),
        ([inline("e/f/z", b"z"), deleted("e", "deletedFolder")], {"a.txt": "one", "d/x": "x", "d/y": "y"}),
        ([deleted("a.txt"), inline("a.txt/b", b"under")], {"a.txt/b": "under", "d/x": "x", "d/y": "y"}),
        ([deleted("d", "deletedFolder"), inline("d", b"file")], {"a.txt": "one", "d": "file"}),
        ([deleted("d/x"), deleted("d", "deletedFolder"), deleted("d/y")], {"a.txt": "one"}),
        ([deleted("d")], {"a.txt": "one"}),
        ([inline("A.TXT", b"case")], {"A.TXT": "case", "a.txt": "one", "d/x": "x", "d/y": "y"}),
    ],
)
def test_operations_count_in_their_order(owner, thing, operations, expected):
    response = owner.commit("models/ada/thing", *operations)
    assert response.status_code == 200, response.content
    assert files(thing) == expected


@pytest.mark.parametrize(
    ("operations", "status", "said"),
    [
        ([inline("a.txt/b", b"x")], 400, "a.txt"),
        ([inline("d", b"x")], 400, "d"),
        ([inline("n", b"x"), inline("n/m", b"x")], 400, "n"),
        ([inline("n/m", b"x"), inline("n", b"x")], 400, "n"),
        ([deleted("none")], 404, "A file with this name doesn't exist: none"),
        ([deleted("a.txt", "deletedFolder")], 404, "a.txt"),
        ([deleted("a.txt/b")], 404, "a.txt/b"),
        ([deleted("none", "deletedFolder"), inline("none/a", b"x")], 404, "none"),
    ],
)
def test_operations_that_cannot_be_are_refused_as_a_whole(owner, thing, operations, status, said):
    before = files(thing)
    response = owner.commit("models/ada/thing", inline("fine", b"never kept"), *operations)
    assert response.status_code == status, response.content
    assert said in response.json()["error"]
    assert (files(thing), commits_of(thing)) == (before, 2)
    assert not Blob.objects.filter(data=b"never kept").exists()


@pytest.mark.parametrize(
    "operations", [[], [inline("a.txt", b"one")], [inline("b", b"new"), deleted("b")]], ids=len
)
def test_a_commit_that_changes_nothing_answers_with_the_head(owner, thing, operations):
    head = resolve_revision(thing, "main").commit
    response = owner.commit("models/ada/thing", *operations)
    assert (response.status_code, response.json()["commitOid"]) == (200, head)
    assert commits_of(thing) == 2


def test_a_commit_lands_on_the_ref_of_a_pull_request(owner, thing):
    head = resolve_revision(thing, "main").commit
    open_pull(repository=thing, actor=session(owner.user), title="Change", text="")
    address = "/api/models/ada/thing/commit/refs%2Fpr%2F1"
    response = owner.post(address, body(inline("b", b"2")), "application/x-ndjson")
    assert response.status_code == 200, response.content
    assert read_text(find_file(resolve_revision(thing, "refs/pr/1"), "b")) == "2"
    assert resolve_revision(thing, "main").commit == head
    missing = owner.post(address.replace("F1", "F2"), body(inline("b", b"2")), "application/x-ndjson")
    assert (missing.status_code, missing.headers["X-Error-Code"]) == (404, "RevisionNotFound")


@pytest.mark.parametrize(
    ("operations", "revision", "status"),
    [
        ([inline("README.md", b"new")], "main", 200),
        ([inline("README.md", b"new")], "v1", 404),
        ([inline("README.md", b"new")], "refs%2Fpr%2F1", 400),
        ([inline("a/../b", b"")], "main", 400),
        ([deleted("none")], "main", 404),
        ([], "main", 400),
    ],
)
def test_a_pull_request_and_its_first_commit_come_together_or_not_at_all(
    owner, thing, operations, revision, status
):
    create_tag(repo=thing, name="v1", revision=None, actor_user=owner.user)
    address = f"/api/models/ada/thing/commit/{revision}?create_pr=1"
    response = owner.post(address, body(*operations), "application/x-ndjson")
    assert response.status_code == status, response.content
    there = Discussion.objects.filter(repository=thing).count()
    refs = Ref.objects.filter(repository=thing).exclude(name__startswith="refs/heads/").count() - 1
    assert (there, refs, commits_of(thing)) == ((1, 2, 3) if status == 200 else (0, 0, 2))


def test_what_is_sent_for_a_pull_request_needs_no_more_than_a_pull_request(people):
    repository = make_repository(people["admin"], name="mine")
    base = f"/api/models/{repository.full_name}"
    guest = Api(people["outsider"])
    files = {"files": [{"path": "a.bin", "size": 10, "sample": ""}]}
    for path, allowed in (
        ("preupload/main", False),
        ("preupload/main?create_pr=1", True),
        ("xet-write-token/main", False),
        ("xet-write-token/main?create_pr=1", True),
        ("xet-write-token/None?create_pr=1", True),
        ("xet-write-token/None", False),
    ):
        address = f"{base}/{path}"
        answer = guest.post(address, files) if "preupload" in path else guest.get(address)
        assert answer.status_code == (200 if allowed else 403), path
    nobody = Api()
    assert nobody.get(f"{base}/xet-write-token/main?create_pr=1").status_code == 401
    assert nobody.post(f"{base}/preupload/main?create_pr=1", files).status_code == 401


def test_who_may_commit(people, client):
    repository = make_repository(people["admin"], namespace=None, name="mine")
    address = f"/api/models/{repository.full_name}/commit/main"
    for name, status in {"nobody": 401, "outsider": 403, "admin": 200}.items():
        user = people[name]
        headers = {"Authorization": f"Bearer {make_token(user)[1]}"} if user else {}
        sent = body(inline(f"by-{name}", b"x"))
        reply = client.generic("POST", address, sent, "application/x-ndjson", headers=headers)
        assert reply.status_code == status, name
    assert sorted(files(repository)) == ["by-admin"]


def test_a_token_of_the_hub_in_a_file_is_refused_and_not_repeated(owner, thing):
    _, secret = make_token()
    response = owner.commit("models/ada/thing", inline(".env", f"A=1\nTOKEN={secret}\n".encode()))
    assert (response.status_code, response.json()["field"]) == (400, "content")
    assert ".env, line 2" in response.json()["error"]
    assert secret not in response.content.decode()
    assert commits_of(thing) == 2
