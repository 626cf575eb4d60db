"""The workers' doors into what is computed."""

import logging

from botocore.exceptions import BotoCoreError, ClientError
from celery import shared_task
from django.db import IntegrityError

from hub.compute import services
from hub.errors import RevisionNotFound
from hub.queue import enqueue
from hub.repos.models import Repository
from hub.repos.selectors import repository_by_id
from hub.revisions.selectors import repositories_holding

log = logging.getLogger(__name__)


@shared_task
def describe(repository_id: int, commit: str) -> None:
    """Describe one commit; a repository that is gone has none."""
    _describe(repository_by_id(repository_id), commit, again=False)


@shared_task
def describe_head(repository_id: int, again: bool) -> None:
    """Describe what a repository's head is by now."""
    repository = repository_by_id(repository_id)
    if repository is not None and repository.head:
        _describe(repository, repository.head, again=again)


@shared_task
def describe_holders(sha256: str) -> None:
    """Describe anew the head of each repository that holds content which was withheld or released."""
    for row in repositories_holding(sha256):
        enqueue(describe_head, row.repository_id, True)


@shared_task
def sweep() -> None:
    """Pick up commits whose facts fell through."""
    services.queue_missing_facts()


def _describe(repository: Repository | None, commit: str, *, again: bool) -> None:
    if repository is None:
        return
    try:
        services.describe(repository=repository, commit=commit, again=again)
    except (BotoCoreError, ClientError) as problem:
        log.warning("the store does not give %s, left to the sweep: %s", repository.subject, problem)
    except RevisionNotFound:
        log.info("%s has no commit %s any more", repository.subject, commit)
    except IntegrityError:
        # It was deleted while its files were read; the database says so when what was read is kept.
        if repository_by_id(repository.pk) is not None:
            raise
