"""The worker's doors into the counts, and into the whole objects that they are reason for."""

from celery import shared_task

from hub.downloads import services, wholes


@shared_task
def flush() -> None:
    """Write the counted pulls to the catalogue, and let go of days that are too long ago."""
    services.flush()
    services.roll()
    wholes.flush()
    wholes.resume()


@shared_task
def refresh_trending() -> None:
    """Count anew what was pulled lately."""
    services.refresh_trending()


@shared_task
def keep_whole(sha256: str) -> None:
    """Write a file in chunks to S3 as one object, too."""
    wholes.keep(sha256=sha256)


@shared_task
def drop_wholes() -> None:
    """Drop whole objects that nobody takes any more."""
    wholes.drop_cold()
