"""The workers' doors into licensing."""

import logging

from celery import shared_task
from django.db import IntegrityError

from hub.errors import RevisionNotFound
from hub.licensing import services
from hub.repos.selectors import repository_by_id

log = logging.getLogger(__name__)


@shared_task
def check(repository_id: int, commit: str) -> None:
    """Check one commit; a repository that is gone has none."""
    repository = repository_by_id(repository_id)
    if repository is None:
        return
    try:
        services.check_licence(repository=repository, commit=commit)
    except RevisionNotFound:
        log.info("%s has no commit %s any more", repository.subject, commit)
    except IntegrityError:
        # It was deleted while its card was read; the database says so when what was found is kept.
        if repository_by_id(repository.pk) is not None:
            raise


@shared_task
def sweep() -> None:
    """Pick up commits whose check fell through."""
    services.queue_missing_checks()
