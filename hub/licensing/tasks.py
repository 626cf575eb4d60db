"""The workers' doors into licensing."""

from celery import shared_task

from hub.licensing import services
from hub.repos.selectors import repository_by_id


@shared_task
def check(repository_id: int, commit: str) -> None:
    """Check one commit; a repository that is gone has none."""
    repository = repository_by_id(repository_id)
    if repository is not None:
        services.check_licence(repository=repository, commit=commit)


@shared_task
def sweep() -> None:
    """Pick up commits whose check fell through."""
    services.queue_missing_checks()
