"""The workers' doors to webhooks: send, tell, and pick up what fell through."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from hub.queue import enqueue
from hub.webhooks import lanes, log, selectors, telling


@shared_task
def deliver() -> None:
    """Send what is due, or let the worker that does so look again.

    What is due after that, since the time was over or it came in the last moment, is left to the next worker.
    """
    if lanes.work() and selectors.waiting(timezone.now()):
        enqueue(deliver)


@shared_task
def note(event_id: int) -> None:
    """Queue what happened for everybody who is to be told, and begin to tell it."""
    if log.note(events=selectors.event_of(event_id)):
        enqueue(deliver)


@shared_task
def tell_paused(webhook_id: int) -> None:
    """Mail the user of a webhook that was paused."""
    telling.tell_paused(webhook_id=webhook_id)


@shared_task
def sweep() -> None:
    """Note events whose news was lost, and queue every try and every mail that is due."""
    late = timedelta(seconds=settings.RECHECK_AFTER)
    log.note(events=selectors.lately(late))
    for webhook_id in selectors.pauses_to_tell(late):
        enqueue(tell_paused, webhook_id)
    if selectors.waiting(timezone.now()):
        enqueue(deliver)


@shared_task
def forget_old() -> None:
    """Keep the logs short."""
    log.forget_old()
