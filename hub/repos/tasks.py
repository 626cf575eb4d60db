"""The worker's door into the catalogue."""

from celery import shared_task

from hub.repos import tags


@shared_task
def count_tags() -> None:
    """Count which tags there are."""
    tags.count_tags()
