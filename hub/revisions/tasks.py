"""The workers' doors into the history: verify what was uploaded, and pick up what fell through."""

from celery import shared_task
from django.conf import settings

from hub.queue import enqueue
from hub.redis import connection
from hub.revisions import chunked, uploads
from hub.revisions.collection import collect_stretch
from storage.collection import Ages
from storage.uploads import discard_expired
from storage.xet.uploads import discard_dead_xorbs


@shared_task
def verify(upload_id: str) -> None:
    """Read and verify one upload."""
    uploads.verify(upload_id=upload_id)


@shared_task
def verify_xorb(upload_id: str) -> None:
    """Read and verify one xorb."""
    chunked.verify_xorb(upload_id=upload_id)


@shared_task
def sweep() -> None:
    """Ask again for verifications that did not end, and clean up after dead links."""
    chunked.resume_xorbs()
    uploads.resume_waiting()
    discard_dead_xorbs()
    discard_expired()


@shared_task
def collect(step: str = "", after: str = "") -> None:
    """Collect garbage for a stretch, and queue the next one until everything was looked at once.

    Between two stretches other tasks have their turn. Without a step it begins a round, unless one was begun
    within settings.COLLECT_SECONDS: Redis knows, so it does not matter how often beat is started anew. If
    the queue is lost the next round begins from the start.
    """
    if not step and not connection().set("hub:collected", 1, nx=True, ex=settings.COLLECT_SECONDS):
        return
    done = collect_stretch(step=step, after=after, ages=Ages.configured())
    if done.next:
        enqueue(collect, *done.next)
