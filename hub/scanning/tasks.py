"""The workers' doors into scanning."""

from celery import shared_task

from hub.repos.selectors import repository_by_id
from hub.scanning import running, services


@shared_task
def scan(scan_ids: list[int]) -> None:
    """Run a batch of scans."""
    running.scan_batch(scan_ids=scan_ids)


@shared_task
def rescan(scan_ids: list[int]) -> None:
    """Run a batch of scans that nobody waits for: it has a queue of its own."""
    running.scan_batch(scan_ids=scan_ids)


@shared_task
def scan_commit(repository_id: int, commit: str) -> None:
    """Queue the scans of a commit's files; a repository that is gone has none."""
    repository = repository_by_id(repository_id)
    if repository is not None:
        services.queue_scans_of_commit(repository=repository, commit=commit)


@shared_task
def scan_content(sha256: str) -> None:
    """Queue the scans of one blob."""
    services.queue_scans(sha256s=[sha256])


@shared_task
def sweep() -> None:
    """Pick up what fell through: scans that did not end, and blobs that no current scanner has seen."""
    services.resume_scans()
    services.queue_missing_scans()
    services.feed_background()
