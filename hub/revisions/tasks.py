"""The workers' doors into the history: verify what was uploaded, and pick up what fell through."""

from celery import shared_task

from hub.revisions import uploads
from storage.uploads import discard_expired


@shared_task
def verify(upload_id: str) -> None:
    """Read and verify one upload."""
    uploads.verify(upload_id=upload_id)


@shared_task
def sweep() -> None:
    """Ask again for verifications that did not end, and clean up after dead links."""
    uploads.resume_waiting()
    discard_expired()
