"""Files, folders and trees brought back as they were, in one commit or not at all."""

import pytest

from hub.errors import EntryNotFound, StaleRef, TooMuch
from hub.revisions.history import changes_of, commit_of
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.restoring import restore
from hub.revisions.selectors import list_tree, resolve_revision
from tests.factories.repositories import add_large, commit, make_repository

pytestmark = pytest.mark.django_db


@pytest.fixture
def thing(db):
    """A repository that has a card, a folder and a large file, and lost or changed them all since `then`."""
    repository = make_repository(files={"README.md": b"# Then", "d/a": b"a", "d/b": b"b"})
    user = repository.namespace.user
    add_large(repository, user, "large.bin", b"\0then" * 1000)
    repository.then = resolve_revision(repository, None)
    add_large(repository, user, "large.bin", b"\0now" * 1000)
    operations = [
        AddInline("README.md", b"# Now"),
        AddInline("d/c", b"c"),
        DeleteFile("d/a"),
        DeleteFile("d/b"),
    ]
    repository.now = commit(repository, user, [*operations, AddInline("moved", b"b")])
    return repository


def back(thing, path, **rest):
    user = thing.namespace.user
    given = {"parent": thing.now, "summary": "Restore", **rest}
    return restore(repo=thing, actor_user=user, source=thing.then, path=path, **given)


def files(revision):
    return {e.path: e.oid for e in list_tree(revision, recursive=True) if e.type == "file"}


def test_a_file_is_as_it_was_and_nothing_else_changes(thing):
    oid = back(thing, "README.md")
    changes = changes_of(commit_of(thing, oid))
    assert [(change.kind, change.path) for change in changes] == [("changed", "README.md")]
    found = resolve_revision(thing, None)
    assert files(found)["README.md"] == files(thing.then)["README.md"]
    assert commit_of(thing, oid).parents == [thing.now]


def test_a_removed_file_comes_back(thing):
    back(thing, "d/b")
    now = files(resolve_revision(thing, None))
    assert now["d/b"] == files(thing.then)["d/b"]
    assert "moved" in now
    assert "d/a" not in now


def test_a_folder_is_as_it_was_without_what_came_since(thing):
    back(thing, "d")
    now = files(resolve_revision(thing, None))
    assert {path for path in now if path.startswith("d/")} == {"d/a", "d/b"}
    assert "moved" in now


def test_everything_is_as_it_was_to_the_tree(thing):
    back(thing, "")
    assert resolve_revision(thing, None).tree == thing.then.tree


def test_a_large_file_comes_back_by_its_hash(thing):
    back(thing, "large.bin")
    assert files(resolve_revision(thing, None))["large.bin"] == files(thing.then)["large.bin"]


def test_what_is_as_it_was_makes_no_commit(thing):
    oid = back(thing, ".gitattributes")
    assert oid == thing.now


def test_nothing_changes_when_the_branch_moved_meanwhile(thing):
    newest = commit(thing, thing.namespace.user, [AddInline("x", b"x")])
    with pytest.raises(StaleRef):
        back(thing, "README.md")
    assert resolve_revision(thing, None).commit == newest


def test_what_was_not_there_cannot_come_back(thing):
    for path in ("absent", "d/c", "README.md/x"):
        with pytest.raises(EntryNotFound):
            back(thing, path)
    assert resolve_revision(thing, None).commit == thing.now


@pytest.mark.parametrize("limit", ["MOST_FILES", "MOST_BYTES"])
def test_too_much_for_one_commit_is_refused(thing, monkeypatch, limit):
    monkeypatch.setattr(f"hub.revisions.restoring.{limit}", 1)
    with pytest.raises(TooMuch):
        back(thing, "")
    assert resolve_revision(thing, None).commit == thing.now
