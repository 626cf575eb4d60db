"""The workers' doors to webhooks: send, tell, and pick up what fell through."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from hub.queue import enqueue
from hub.webhooks import log, selectors, sending


@shared_task
def deliver(delivery_id: int) -> None:
    """Make one try of a delivery."""
    sending.deliver(delivery_id=delivery_id)


@shared_task
def tell_paused(webhook_id: int) -> None:
    """Mail the user of a webhook that was paused."""
    sending.tell_paused(webhook_id=webhook_id)


@shared_task
def sweep() -> None:
    """Note events whose news was lost, and queue every try that is due."""
    log.note(events=selectors.lately(timedelta(seconds=settings.RECHECK_AFTER)))
    for delivery_id in selectors.due(timezone.now()):
        enqueue(deliver, delivery_id)


@shared_task
def forget_old() -> None:
    """Keep the logs short."""
    log.forget_old()
