"""A like is one row and one more in the number, however often and by however many at once."""

import pytest

from accounts.models import AuditEvent
from hub.errors import RepoNotFound
from hub.follows import services as follows
from hub.follows.models import Follow
from hub.likes.models import Like
from hub.likes.services import like, unlike
from hub.repos.models import Repository
from hub.repos.services import delete_repository
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
from tests.racing import failures, race


def likes(repository: Repository) -> tuple[int, int]:
    """The number that is shown, and the rows that it counts."""
    return Repository.objects.get(pk=repository.pk).likes, Like.objects.filter(repository=repository).count()


@pytest.mark.django_db
def test_liking_twice_is_liking_once_and_so_is_taking_it_back():
    repository, user = make_repository(), make_user()
    assert [like(repository=repository, user=user) for _ in range(2)] == [True, False]
    assert likes(repository) == (1, 1)
    assert [unlike(repository=repository, user=user) for _ in range(2)] == [True, False]
    assert likes(repository) == (0, 0)
    told = AuditEvent.objects.filter(subject=repository.subject, actor=user).values_list("event", flat=True)
    assert sorted(told) == ["repository.liked", "repository.unliked"]


@pytest.mark.django_db(transaction=True)
def test_the_number_stays_right_when_many_like_and_unlike_at_once():
    repository, users = make_repository(), [make_user() for _ in range(4)]
    like(repository=repository, user=users[0])
    racers = [lambda user=user: like(repository=repository, user=user) for user in users[1:] * 2]
    assert failures(race([*racers, *[lambda: unlike(repository=repository, user=users[0])] * 2])) == []
    assert likes(repository) == (3, 3)


@pytest.mark.django_db
def test_a_repository_that_is_gone_cannot_be_liked():
    repository, user = make_repository(), make_user()
    gone = Repository.objects.get(pk=repository.pk)
    delete_repository(repository=repository, actor_user=user)
    with pytest.raises(RepoNotFound):
        like(repository=gone, user=user)
    assert not Like.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_many_follows_at_once_one_is_kept():
    ada, bob = make_user(), make_user()
    futures = race([lambda: follows.follow(namespace=bob.namespace, user=ada)] * 3)
    assert sorted(future.result() for future in futures) == [False, False, True]
    assert Follow.objects.count() == 1
