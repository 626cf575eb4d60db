"""A pull costs at most three queries, its token included, for every caller and depth, cold and warm."""

import pytest
from django.utils import timezone

from accounts.models import AccessToken
from hub.revisions import location
from hub.revisions.operations import AddInline
from hub.revisions.refs import create_branch, create_tag
from storage import selectors as storage
from tests.factories.repositories import add_large, commit, make_repository
from tests.http.api import Api

ID = "the-lab/thing"
DEEP = "a/b/c/d/e/f.txt"


@pytest.fixture
def head(people):
    """A private repository of the organisation with files at depths 1 and 6; its head."""
    admin = people["admin"]
    namespace = admin.memberships.get().organisation
    thing = make_repository(admin, namespace=namespace, name="thing", visibility="private")
    add_large(thing, admin, "w.bin", b"weights" * 1000)
    oid = commit(thing, admin, [AddInline(DEEP, b"deep"), AddInline("top.txt", b"top")])
    create_branch(repo=thing, name="dev/x", start=None, actor_user=admin)
    create_tag(repo=thing, name="v1", revision="main", actor_user=admin)
    return oid


@pytest.fixture
def everybody(people):
    """A way to ask as each of them; their tokens have been used before, as they have in all but one pull."""
    callers = {name: Api(who) for name, who in people.items()}
    AccessToken.objects.update(last_used_at=timezone.now())
    return callers


def forget():
    """What a process knows that has just begun."""
    storage._folders.clear()
    location._believed.clear()


def test_every_caller_at_every_depth_cold_and_warm(head, everybody, django_assert_max_num_queries):
    wanted = [
        (path, revision)
        for path in ("w.bin", "top.txt", DEEP, "missing", "a/b/missing", "a")
        for revision in ("main", "dev%2Fx", "v1", "refs%2Fheads%2Fmain", head, head[:9], "missing")
    ]
    for path, revision in wanted:
        for caller in everybody.values():
            forget()
            for ask in (caller.get, caller.get, caller.head):
                with django_assert_max_num_queries(3):
                    response = ask(f"/{ID}/resolve/{revision}/{path}")
                assert response.status_code in {200, 302, 401, 404}


def test_missing_and_invisible_cost_the_same(head, everybody, django_assert_num_queries):
    for name, queries in (("nobody", 2), ("outsider", 3)):
        for repository in (ID, "the-lab/other", "nobody-here/other"):
            with django_assert_num_queries(queries):
                everybody[name].get(f"/{repository}/resolve/main/top.txt")


def test_a_moved_repository_is_found_in_as_few(head, everybody, django_assert_max_num_queries):
    admin = everybody["admin"]
    moved = admin.post("/api/repos/move", {"fromRepo": ID, "toRepo": "the-lab/new", "type": "model"})
    assert moved.status_code == 200
    for name, status in (("admin", 307), ("read", 307), ("outsider", 404), ("nobody", 401)):
        with django_assert_max_num_queries(3):
            assert everybody[name].get(f"/{ID}/resolve/main/top.txt").status_code == status


def test_names_that_end_as_another_entry_begins_are_told_apart(owner, anybody):
    files = {
        "a100644 name": b"wrong",
        "name": b"right",
        "a40000 dir/f": b"wrong",
        "dir/f": b"right",
        "a100644 only": b"wrong",
        "b40000 gone/f": b"wrong",
    }
    make_repository(owner.user, name="odd", files=files)
    for path, content in files.items():
        for _ in range(2):
            assert anybody.get(f"/ada/odd/resolve/main/{path}").content == content
        forget()
    for path in ("only", "gone/f", "dir/f/g"):
        for _ in range(2):
            assert anybody.get(f"/ada/odd/resolve/main/{path}").status_code == 404
        forget()


def test_a_new_commit_is_seen_by_a_process_that_remembers_the_old_one(owner, anybody):
    thing = make_repository(owner.user, name="thing", files={"d/a": b"1", "b": b"1"})
    for number in (b"2", b"3"):
        assert anybody.get("/ada/thing/resolve/main/d/a").content != number
        commit(thing, owner.user, [AddInline("d/a", number)])
        assert anybody.get("/ada/thing/resolve/main/d/a").content == number
        assert anybody.get("/ada/thing/resolve/main/b").content == b"1"
