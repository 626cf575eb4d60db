"""The workers' doors to webhooks: send, tell, and pick up what fell through."""

import time
from contextlib import suppress
from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone
from redis.exceptions import LockError

from hub.queue import enqueue
from hub.redis import connection
from hub.webhooks import log, selectors, sending, telling

# Addresses that answer slowly hold one process of all workers at most, and it for no longer than this.
LANE, LANE_SECONDS = "hub:webhooks:lane", 60


@shared_task
def deliver(delivery_id: int) -> None:
    """Make one try of a delivery, and of others that wait; nothing while another worker does.

    What it leaves is queued again by the sweep.
    """
    lane = connection().lock(LANE, timeout=LANE_SECONDS, blocking=False)
    if not lane.acquire():
        return
    try:
        until = time.monotonic() + LANE_SECONDS / 2
        for waiting in dict.fromkeys([delivery_id, *selectors.due(timezone.now())]):
            sending.deliver(delivery_id=waiting)
            if time.monotonic() > until:
                return
    finally:
        with suppress(LockError):
            lane.release()


@shared_task
def note(event_id: int) -> None:
    """Queue what happened for everybody who is to be told, and begin to tell it."""
    queued = log.note(events=selectors.event_of(event_id))
    if queued:
        enqueue(deliver, queued[0])


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
    waiting = selectors.due(timezone.now())
    if waiting:
        enqueue(deliver, waiting[0])


@shared_task
def forget_old() -> None:
    """Keep the logs short."""
    log.forget_old()
