"""The workers' doors to activity."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from contributions.activity import selectors, services


@shared_task
def follow(repository_id: int) -> None:
    """Have a repository's acts say where it is now."""
    services.follow(repository_id=repository_id)


@shared_task
def sweep() -> None:
    """Keep the acts and the changes whose news was lost."""
    late = timedelta(seconds=settings.RECHECK_AFTER)
    services.note(events=selectors.lost(late))
    for repository_id in selectors.changed_lately(late):
        services.follow(repository_id=repository_id)
