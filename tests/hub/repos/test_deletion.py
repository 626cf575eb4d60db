"""Deleting a repository while others still work with it."""

from threading import Event

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from contributions.activity.models import Act
from hub.downloads.models import DownloadDay
from hub.repos.models import Repository
from hub.repos.services import DELETE_ATTEMPTS, delete_repository
from tests.factories.accounts import make_user
from tests.factories.activity import note_acts
from tests.factories.discussions import make_discussion
from tests.factories.repositories import make_repository
from tests.racing import SECONDS, race


def counted_before_the_row_goes(repository: Repository, times: int):
    """Somebody else commits a pull of the repository, right before its own row is deleted."""
    left = list(range(times))

    def add(day: int) -> None:
        date = timezone.now().date().replace(day=day + 1)
        DownloadDay.objects.create(repository_id=repository.pk, day=date)

    def wrapper(execute, sql, params, many, context):
        if sql.startswith('DELETE FROM "hub_repository"') and left:
            day = left.pop()
            [added] = race([lambda: add(day)])
            added.result()
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrapper)


@pytest.mark.django_db(transaction=True)
def test_a_pull_that_is_counted_meanwhile_goes_with_the_repository():
    user = make_user("ada")
    repository = make_repository(user, name="thing")
    other = make_repository(user, name="other")
    with counted_before_the_row_goes(repository, times=2):
        delete_repository(repository=repository, actor_user=user)
    assert list(Repository.objects.all()) == [other]
    assert not DownloadDay.objects.exists()
    assert AuditEvent.objects.filter(event="repository.deleted").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_never_stops_being_added_keeps_the_repository():
    user = make_user("ada")
    repository = make_repository(user, name="thing")
    with (
        counted_before_the_row_goes(repository, times=DELETE_ATTEMPTS),
        pytest.raises(IntegrityError),
    ):
        delete_repository(repository=repository, actor_user=user)
    assert Repository.objects.filter(pk=repository.pk).exists()
    assert not AuditEvent.objects.filter(event="repository.deleted").exists()


@pytest.mark.django_db(transaction=True)
def test_who_follows_the_repository_meanwhile_does_not_keep_it_from_being_deleted():
    user = make_user("ada")
    repository = make_repository(user, name="thing")
    make_discussion(repository, user)
    note_acts()
    followed, waits = Event(), Event()

    def follow() -> None:
        """As `activity.follow` does: the repository is locked, and then its acts change."""
        with transaction.atomic():
            Repository.objects.select_for_update(no_key=True).get(pk=repository.pk)
            followed.set()
            assert waits.wait(SECONDS)
            Act.objects.filter(repository=repository).update(public=False)

    def wrapper(execute, sql, params, many, context):
        if sql.startswith('DELETE FROM "hub_repository"'):
            # The acts are deleted by now, and the row is waited for from here on.
            waits.set()
        return execute(sql, params, many, context)

    def delete() -> None:
        assert followed.wait(SECONDS)
        with connection.execute_wrapper(wrapper):
            delete_repository(repository=repository, actor_user=user)

    _, deleted = race([follow, delete])
    deleted.result()
    assert not Repository.objects.exists()
    assert not Act.objects.exists()
