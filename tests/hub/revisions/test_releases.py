"""A release and its tag hold together, also when several people act at once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from accounts.models import AuditEvent
from hub.errors import RefReleased, ReleaseExists, RevisionNotFound
from hub.revisions.models import Ref, Release
from hub.revisions.operations import AddInline
from hub.revisions.refs import create_tag, delete_ref
from hub.revisions.releases import change_release, delete_release, make_release
from hub.revisions.rewriting import delete_large_files
from tests.factories.accounts import make_user
from tests.factories.repositories import add_large, commit, make_repository

TAG = "refs/tags/v1"


def make(repository, user, *, start: str = "main") -> Release:
    return make_release(repo=repository, tag="v1", start=start, title="One", notes="", actor_user=user)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", range(3))
def test_a_tag_is_deleted_or_released_but_never_both(turn):
    user = make_user()
    repository = make_repository(user)
    create_tag(repo=repository, name="v1", revision=None, actor_user=user)

    def run(call):
        try:
            call()
        except (RefReleased, RevisionNotFound) as problem:
            return problem
        finally:
            connections.close_all()

    calls = [
        lambda: make(repository, user, start=""),
        lambda: delete_ref(repo=repository, ref=TAG, actor_user=user),
    ]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(run, calls))
    assert [bool(result) for result in results].count(True) == 1
    there = Ref.objects.filter(repository=repository, name=TAG).exists()
    assert there == Release.objects.filter(repository=repository).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_releases_of_one_tag_one_is_made():
    user = make_user()
    repository = make_repository(user)
    create_tag(repo=repository, name="v1", revision=None, actor_user=user)

    def run(_):
        try:
            return make(repository, user)
        except ReleaseExists:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert len([made for made in pool.map(run, range(2)) if made]) == 1
    assert Release.objects.filter(repository=repository).count() == 1


@pytest.mark.django_db
def test_a_release_says_what_its_tag_has_also_when_the_history_is_written_anew():
    user = make_user()
    repository = make_repository(user, files={"a.txt": b"12345"})
    sha256 = add_large(repository, user, "weights.bin", b"weights" * 999)
    release = make(repository, user)
    assert (release.files, release.size > 6993 + 5) == (3, True)
    commit(repository, user, [AddInline("later.txt", b"x")])
    delete_large_files(repo=repository, sha256s=[sha256], rewrite_history=True, actor_user=user)
    before = release.size
    release.refresh_from_db()
    assert (release.files, release.size) == (2, before - 6993)


@pytest.mark.django_db
def test_what_is_done_with_releases_is_in_the_log():
    user = make_user()
    repository = make_repository(user)
    release = make(repository, user)
    change_release(release=release, title="Two", notes="x", actor_user=user)
    delete_release(release=release, actor_user=user)
    events = AuditEvent.objects.filter(subject=repository.subject, event__startswith="release.")
    assert [row.event for row in events.order_by("pk")] == [
        "release.made",
        "release.changed",
        "release.deleted",
    ]
