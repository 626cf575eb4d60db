"""The history of one path: what git says of it, page by page."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from hub.revisions.history import changes_of, commit_of, count_changes, history, history_between
from hub.revisions.operations import AddInline, DeleteFile
from hub.revisions.past import path_history
from hub.revisions.refs import create_branch
from hub.revisions.selectors import resolve_revision
from tests.factories.repositories import commit, make_repository

pytestmark = pytest.mark.django_db


def put(repository, path, text, summary):
    return commit(repository, repository.namespace.user, [AddInline(path, text)], summary=summary)


def titles(repository, path, **rest):
    found = path_history(repository, resolve_revision(repository, None), path, **rest)
    return [one.title for one in found.commits]


@pytest.fixture
def thing(db):
    """A repository in which two files change in turn, one is removed, and one is as it was before."""
    repository = make_repository(files={"a/x": b"1", "b": b"1"})
    for number in range(2, 5):
        put(repository, "a/x", b"%d" % number, f"x {number}")
        put(repository, "b", b"%d" % number, f"b {number}")
    put(repository, "a/x", b"2", "x 2 again")
    commit(repository, repository.namespace.user, [DeleteFile("b")], summary="no b")
    return repository


def test_a_path_has_the_commits_that_changed_it_and_no_others(thing):
    assert titles(thing, "a/x") == ["x 2 again", "x 4", "x 3", "x 2", "Change"]
    assert titles(thing, "a") == titles(thing, "a/x")
    assert titles(thing, ".gitattributes") == ["initial commit"]


def test_a_removed_file_has_its_removal_and_what_was_before(thing):
    assert titles(thing, "b") == ["no b", "b 4", "b 3", "b 2", "Change"]


def test_what_was_never_there_has_no_history(thing):
    for path in ("absent", "a/absent", "b/absent", "a/x/absent"):
        assert titles(thing, path) == []


def test_pages_go_on_below_one_another(thing, monkeypatch):
    monkeypatch.setattr("hub.revisions.past.WINDOW", 2)
    found, after = [], None
    for _ in range(20):
        page = path_history(thing, resolve_revision(thing, None), "a/x", after=after)
        found += [one.title for one in page.commits]
        after = page.below
        if not after:
            break
    assert found == ["x 2 again", "x 4", "x 3", "x 2", "Change"]


def test_a_long_history_asks_as_often_as_a_short_one(thing):
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            titles(thing, "a/x")
        return len(captured)

    before = asked()
    for number in range(30):
        put(thing, "a/x", b"more %d" % number, f"more {number}")
    assert asked() == before <= 12


def test_commits_are_counted_as_their_pages_count_them(thing, monkeypatch):
    user = thing.namespace.user
    commit(thing, user, [DeleteFile("a/x"), AddInline("a/y", b"2"), AddInline("c/d/e", b"e")])
    rows = history(thing, resolve_revision(thing, None), limit=50)
    counts = count_changes(rows)
    assert counts == {row.oid: len(changes_of(commit_of(thing, row.oid))) for row in rows}
    assert [counts[row.oid] for row in rows[:3]] == [2, 1, 1]
    monkeypatch.setattr("hub.revisions.history.LARGEST", 10)
    assert count_changes(rows) == {}


def test_between_two_revisions_are_the_commits_that_the_first_lacks(thing):
    user = thing.namespace.user
    create_branch(repo=thing, name="side", start=None, actor_user=user)
    start = resolve_revision(thing, "side").commit
    put(thing, "a/x", b"on main", "on main")
    commit(thing, user, [AddInline("s", b"s")], summary="on side", ref="refs/heads/side")
    main, side = (resolve_revision(thing, name).commit for name in ("main", "side"))
    assert [one.title for one in history_between(main, side, limit=10)] == ["on side"]
    assert [one.title for one in history_between(start, main, limit=10)] == ["on main"]
    assert history_between(main, start, limit=10) == []
