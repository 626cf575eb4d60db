"""The commit that last changed a path, against a walk of the whole history."""

import random
from datetime import UTC, datetime

import pytest

from hub.revisions.changes import last_commits, note_changes
from hub.revisions.history import history
from hub.revisions.models import Ref, RepositoryCommit
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.refs import create_branch
from hub.revisions.selectors import list_tree, resolve_revision, tree_entries
from storage import services as storage
from storage.git.edits import edit_tree
from storage.git.objects import Signature
from storage.selectors import ancestors, commits_by_oid, first_commit, load_trees
from tests.factories.accounts import make_user
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db


def titles(repository, revision=None):
    """Path → title of its last commit."""
    found = resolve_revision(repository, revision)
    commits = last_commits(repository, found.commit, list_tree(found, recursive=True))
    return {path: one.data.decode().rpartition("\n\n")[2].strip() for path, one in commits.items()}


def walked(start, path):
    """What `git log -1 -- path` says: go on to the first parent in which nothing differs."""
    here = commits_by_oid([start])[start]
    entry = tree_entries(here.tree, [path])[path]
    while True:
        parents = commits_by_oid(here.parents)
        same = [p for p in here.parents if tree_entries(parents[p].tree, [path]).get(path) == entry]
        if not same:
            return here.oid
        here = parents[same[0]]


def merge(repository, ours, theirs, tree, title):
    """A commit with two parents on main, as a merge will make it."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    done = storage.store_commit(
        tree=tree, parents=[ours, theirs], author=Signature("A", "a@b.c", now), message=title, at=now
    )
    RepositoryCommit.objects.create(repository=repository, commit=done)
    Ref.objects.filter(repository=repository, name="refs/heads/main").update(commit=done)
    note_changes(repository, [done])
    return done.oid


def test_files_and_folders_name_the_commit_that_changed_them():
    user = make_user()
    repository = make_repository(user)
    commit(repository, user, [AddInline("a/b/one", b"1"), AddInline("two", b"2")], summary="first")
    commit(repository, user, [AddInline("a/b/one", b"1.1")], summary="second")
    commit(repository, user, [AddInline("a/three", b"3")], summary="third")
    assert titles(repository) == {
        ".gitattributes": "initial commit",
        "a": "third",
        "a/b": "second",
        "a/b/one": "second",
        "a/three": "third",
        "two": "first",
    }


def test_a_content_that_comes_back_is_the_newest_commit_that_brought_it():
    user = make_user()
    repository = make_repository(user)
    for number in range(12):
        commit(repository, user, [AddInline("x", b"AB"[number % 2 :][:1])], summary=f"change {number}")
    commit(repository, user, [DeleteFile("x")])
    assert "x" not in titles(repository)
    commit(repository, user, [AddInline("x", b"A")], summary="again")
    assert titles(repository)["x"] == "again"
    first = history(repository, resolve_revision(repository, None), limit=100)[-2]
    assert titles(repository, first.oid)["x"] == "change 0"


def test_a_branch_does_not_see_what_another_one_did():
    user = make_user()
    repository = make_repository(user)
    create_branch(repo=repository, name="side", start=None, actor_user=user)
    for ref in ("refs/heads/side", "refs/heads/main"):
        for _ in range(3):
            commit(repository, user, [AddInline("x", b"0")], ref=ref, summary="zero")
            commit(repository, user, [AddInline("x", b"1")], ref=ref, summary=f"one on {ref[11:]}")
    assert titles(repository, "main")["x"] == "one on main"
    assert titles(repository, "side")["x"] == "one on side"


def test_another_repository_with_the_same_content_says_nothing_here():
    user = make_user()
    other, repository = make_repository(user), make_repository(user)
    commit(other, user, [AddInline("x", b"1")], summary="there")
    commit(repository, user, [AddInline("x", b"1")], summary="here")
    assert titles(repository)["x"] == "here"


def test_a_merge_leads_on_to_where_the_content_came_from():
    user = make_user()
    repository = make_repository(user)
    commit(repository, user, [AddInline("x", b"A")], summary="old A")
    create_branch(repo=repository, name="side", start=None, actor_user=user)
    side = [
        commit(repository, user, [AddInline("x", data)], ref="refs/heads/side", summary=title)
        for data, title in ((b"C", "C"), (b"A", "A of the side"))
    ][-1]
    ours = commit(repository, user, [AddInline("x", b"B"), AddInline("y", b"1")], summary="ours")
    tree = storage_tree(ours, {"x": side})
    merge(repository, ours, side, tree, "merge")
    assert titles(repository)["x"] == "A of the side"
    assert titles(repository)["y"] == "ours"


def storage_tree(ours, taken):
    """The tree of a commit with some files as other commits have them."""
    commits = commits_by_oid([ours, *taken.values()])
    puts = [
        (path, tree_entries(commits[oid].tree, [path])[path].oid)
        for path, oid in taken.items()
        if path in tree_entries(commits[oid].tree, [path])
    ]
    edited = edit_tree(commits[ours].tree, puts=puts, removes=[], load=load_trees)
    storage.store_trees(edited.trees)
    return edited.root


def test_it_agrees_with_a_walk_of_a_random_history_with_merges():
    chance = random.Random(5)
    user = make_user()
    repository = make_repository(user)
    create_branch(repo=repository, name="side", start=None, actor_user=user)
    for number in range(60):
        ref = chance.choice(["main", "side"])
        path = chance.choice(["x", "d/y", "d/e/z"])
        main, side = (resolve_revision(repository, name).commit for name in ("main", "side"))
        if chance.random() < 0.2:
            chosen = {p: side for p in ("x", "d/y", "d/e/z") if chance.random() < 0.6}
            merge(repository, main, side, storage_tree(main, chosen), f"merge {number}")
        else:
            data = chance.choice([b"A", b"B"])
            commit(repository, user, [AddInline(path, data)], ref=f"refs/heads/{ref}", summary=f"c{number}")
    for name in ("main", "side"):
        found = resolve_revision(repository, name)
        entries = list_tree(found, recursive=True)
        answered = {p: c.oid for p, c in last_commits(repository, found.commit, entries).items()}
        assert answered == {entry.path: walked(found.commit, entry.path) for entry in entries}


def test_the_queries_do_not_grow_with_the_history(django_assert_max_num_queries):
    user = make_user()
    repository = make_repository(user)
    for length in (5, 60):
        for number in range(length):
            commit(repository, user, [AddInline(f"d{number % 7}/x", str(number % 3).encode())])
        found = resolve_revision(repository, None)
        entries = list_tree(found, recursive=True)
        with django_assert_max_num_queries(4):
            assert len(last_commits(repository, found.commit, entries)) == len(entries)


def test_ancestors_are_found_however_far_they_are():
    user = make_user()
    repository = make_repository(user)
    line = [resolve_revision(repository, None).commit]
    line += [commit(repository, user, [AddInline("x", str(n).encode())]) for n in range(50)]
    create_branch(repo=repository, name="side", start=line[20], actor_user=user)
    aside = commit(repository, user, [AddInline("y", b"")], ref="refs/heads/side")
    assert ancestors(line[40], [*line, aside]) == set(line[:41])
    assert ancestors(aside, [*line, aside]) == {*line[:21], aside}
    assert {first_commit(oid) for oid in [*line, aside]} == {line[0]}
