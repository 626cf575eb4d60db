"""Deleting a repository while others still work with it."""

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import AuditEvent
from hub.downloads.models import DownloadDay
from hub.repos.models import Repository
from hub.repos.services import DELETE_ATTEMPTS, delete_repository
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
from tests.racing import race


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
