"""The worker's doors into the counts."""

from celery import shared_task

from hub.downloads import services


@shared_task
def flush() -> None:
    """Write the counted pulls to the catalogue, and let go of days that are too long ago."""
    services.flush()
    services.roll()


@shared_task
def refresh_trending() -> None:
    """Count anew what was pulled lately."""
    services.refresh_trending()
