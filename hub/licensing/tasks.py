"""The workers' doors into licensing."""

import logging

from celery import shared_task
from django.db import IntegrityError

from hub.errors import RevisionNotFound
from hub.licensing import descent, rereading, services, sweeping
from hub.repos.selectors import repository_by_id

log = logging.getLogger(__name__)


@shared_task
def check(repository_id: int, commit: str) -> None:
    """Check one commit; a repository that is gone has none."""
    _check(repository_id, commit, again=False)


@shared_task
def check_again(repository_id: int, commit: str) -> None:
    """Check one commit with the licences that are known by now."""
    _check(repository_id, commit, again=True)


@shared_task
def check_head(repository_id: int) -> None:
    """Check anew what a repository's head is by now."""
    repository = repository_by_id(repository_id)
    if repository is not None and repository.head:
        _check(repository_id, repository.head, again=True)


@shared_task
def check_holders(sha256: str) -> None:
    """Check anew the heads of those that hold content which was withheld or released."""
    for repository_id, commit in services.heads_holding(sha256):
        _check(repository_id, commit, again=True)


@shared_task
def stand(repository_id: int) -> None:
    """Work out anew where a repository stands."""
    descent.stand_and_tell([repository_id])


@shared_task
def descend_all(changes: list[tuple[int, str]]) -> None:
    """Follow changes of several bases to their derivatives."""
    descent.descend_all(changes)


@shared_task
def descend(base: int, digest: str, after: int) -> None:
    """Follow a change to a stretch of a base's derivatives."""
    descent.descend(base, digest, after)


@shared_task
def adopt(base: int, after: int) -> None:
    """Follow a base that is here now to those that named it before."""
    descent.adopt(base, after)


@shared_task
def follow(repository_id: int) -> None:
    """Follow a repository whose name, or whom it is shown to, changed."""
    if not descent.stand_and_tell([repository_id]):
        # It was not checked yet, so that its standing does not tell who sees it.
        descent.descend(repository_id, "", 0)
    descent.adopt(repository_id, 0)


@shared_task
def recheck(key: str, after: int) -> None:
    """Follow a licence that was registered or changed."""
    descent.recheck(key, after)


@shared_task
def renew() -> None:
    """Judge anew, for a while, what was judged by other rules."""
    sweeping.renew()


@shared_task
def sweep() -> None:
    """Pick up lost checks, changes that did not reach all below, and judgements by older rules."""
    sweeping.queue_missing_checks()
    sweeping.queue_puzzles()
    sweeping.queue_descents()
    rereading.queue_what_others_read()


def _check(repository_id: int, commit: str, *, again: bool) -> None:
    repository = repository_by_id(repository_id)
    if repository is None:
        return
    try:
        services.check_licence(repository=repository, commit=commit, again=again)
        descent.stand_and_tell([repository_id])
    except RevisionNotFound:
        log.info("%s has no commit %s any more", repository.subject, commit)
    except IntegrityError:
        # It was deleted while its files were read; the database says so when what was found is kept.
        if repository_by_id(repository.pk) is not None:
            raise
