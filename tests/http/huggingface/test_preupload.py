"""What goes where: the revision's attributes, a size, a few bytes, and what is to be ignored."""

import base64
import hashlib

import pytest

from hub.revisions.operations import AddInline
from tests.factories.repositories import add_large, commit, make_repository

pytestmark = pytest.mark.django_db
ADDRESS = "/api/models/ada/thing/preupload"
TEXT, BINARY = (base64.b64encode(data).decode() for data in (b"text", b"\0\1"))


@pytest.fixture
def thing(owner):
    """A repository of the owner."""
    return make_repository(owner.user, name="thing")


def modes(api, *files, revision="main", **more):
    """How each file travels, by path; files are (path, size, sample)."""
    body = [dict(zip(("path", "size", "sample"), file, strict=True)) for file in files]
    reply = api.post(f"{ADDRESS}/{revision}", {"files": body, **more})
    assert reply.status_code == 200, reply.content
    assert [item["path"] for item in reply.json()["files"]] == [file[0] for file in files]
    return {item["path"]: item["uploadMode"] for item in reply.json()["files"]}


def ignored(api, *paths, **more):
    """Which of the paths are to be ignored."""
    body = {"files": [{"path": path, "size": 1, "sample": TEXT} for path in paths], **more}
    return [
        item["path"] for item in api.post(f"{ADDRESS}/main", body).json()["files"] if item["shouldIgnore"]
    ]


def test_the_attributes_of_the_revision_decide(owner, thing):
    commit(thing, owner.user, [AddInline(".gitattributes", b"*.txt filter=lfs\n*.bin -filter\n")])
    files = [("a.txt", 5, TEXT), ("a.bin", 5, BINARY), ("big.bin", 2**21, BINARY), ("odd", 5, BINARY)]
    assert modes(owner, *files) == {"a.txt": "lfs", "a.bin": "regular", "big.bin": "lfs", "odd": "lfs"}
    first = owner.get("/api/models/ada/thing/commits/main").json()[-1]["id"]
    assert modes(owner, ("a.txt", 5, TEXT), ("a.bin", 5, TEXT), revision=first) == {
        "a.txt": "regular",
        "a.bin": "lfs",
    }


def test_what_the_hub_itself_reads_stays_small(owner, thing, settings):
    commit(thing, owner.user, [AddInline(".gitattributes", b"* filter=lfs\n")])
    names = ("README.md", ".gitattributes", ".gitignore")
    assert set(modes(owner, *((name, 5, BINARY) for name in names)).values()) == {"regular"}
    assert modes(owner, ("README.md", settings.REGULAR_LIMIT + 1, TEXT), ("d/README.md", 5, TEXT)) == {
        "README.md": "lfs",
        "d/README.md": "lfs",
    }
    assert modes(owner, ("empty", 0, "")) == {"empty": "regular"}


def test_a_sent_gitignore_counts_before_the_stored_one(owner, thing):
    commit(thing, owner.user, [AddInline(".gitignore", b"*.log\n")])
    assert ignored(owner, "a.log", "a.tmp") == ["a.log"]
    assert ignored(owner, "a.log", "a.tmp", gitIgnore="*.tmp\n") == ["a.tmp"]
    assert ignored(owner, "a.log", "a.tmp", gitIgnore="") == []
    assert ignored(owner, "a.log", "a.tmp", gitIgnore=None) == ["a.log"]


def test_what_is_there_is_told_by_the_id_that_the_client_compares(owner, thing):
    commit(thing, owner.user, [AddInline("a.txt", b"one"), AddInline("d/x", b"x")])
    sha256 = add_large(thing, owner.user, "w.bin", b"weights")
    body = {"files": [{"path": path, "size": 1, "sample": TEXT} for path in ("a.txt", "w.bin", "d", "none")]}
    reply = owner.post(f"{ADDRESS}/main", body).json()["files"]
    git = hashlib.sha1(b"blob 3\0one").hexdigest()
    assert [item.get("oid") for item in reply] == [git, sha256, None, None]


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({"path": "a", "size": "1", "sample": ""}, "size"),
        ({"path": "a", "size": 1.5, "sample": ""}, "size"),
        ({"path": "a", "sample": ""}, "size"),
        ({"path": "a", "size": -1, "sample": ""}, "size"),
        ({"path": "a", "size": 1, "sample": 5}, "sample"),
        ({"path": "a", "size": 1, "sample": "*"}, "sample"),
        ({"path": "a", "size": 1, "sample": None}, "sample"),
        ({"path": 5, "size": 1, "sample": ""}, "path"),
        ({"size": 1, "sample": ""}, "path"),
        ([], "files"),
    ],
)
def test_an_odd_file_is_refused_by_field(owner, thing, file, field):
    response = owner.post(f"{ADDRESS}/main", {"files": [file]})
    assert (response.status_code, response.json()["field"]) == (400, field)


def test_more_files_than_the_client_asks_about_at_once(owner, thing, django_assert_max_num_queries):
    files = [(f"d{number % 3}/f{number}", 1, TEXT) for number in range(300)]
    for some in (files[:10], files):
        with django_assert_max_num_queries(12):
            assert len(modes(owner, *some)) == len(some)


def test_an_unknown_revision_is_told(owner, thing):
    body = {"files": [{"path": "a", "size": 1, "sample": ""}]}
    for revision in ("nope", "refs%2Fpr%2F7", "ab" * 20):
        response = owner.post(f"{ADDRESS}/{revision}", body)
        assert (response.status_code, response.headers["X-Error-Code"]) == (404, "RevisionNotFound")
