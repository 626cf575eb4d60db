"""Like a repository, and take it back."""

from django.db import transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from hub.errors import RepoNotFound
from hub.events import Event
from hub.likes.models import Like
from hub.repos.models import Repository


@transaction.atomic
def like(*, repository: Repository, user: User) -> bool:
    """Note that the user likes the repository; False when that was known. RepoNotFound when it is gone."""
    _lock(repository)
    _, new = Like.objects.get_or_create(user=user, repository=repository)
    if new:
        _add(repository, 1)
        audit.record(Event.REPOSITORY_LIKED, actor=user, subject=repository.subject)
    return new


@transaction.atomic
def unlike(*, repository: Repository, user: User) -> bool:
    """Forget that the user likes the repository; False when they did not. RepoNotFound when it is gone."""
    _lock(repository)
    gone, _ = Like.objects.filter(user=user, repository=repository).delete()
    if gone:
        _add(repository, -1)
        audit.record(Event.REPOSITORY_UNLIKED, actor=user, subject=repository.subject)
    return bool(gone)


def _lock(repository: Repository) -> None:
    """Let the likes of one repository change one after the other, so that rows and their number agree."""
    rows = Repository.objects.select_for_update(no_key=True).filter(pk=repository.pk)
    if not rows.values_list("pk", flat=True):
        raise RepoNotFound("Repository not found")


def _add(repository: Repository, number: int) -> None:
    Repository.objects.filter(pk=repository.pk).update(likes=F("likes") + number)
