"""The worker's door into the counts."""

from celery import shared_task

from hub.downloads import services


@shared_task
def flush() -> None:
    """Write the counted pulls to the catalogue."""
    services.flush()
