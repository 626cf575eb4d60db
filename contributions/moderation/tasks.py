"""The workers' doors into moderation: tell publishers, and pick up what fell through."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from contributions.moderation import selectors, services, telling
from hub.queue import enqueue


@shared_task
def notify(decision_id: int) -> None:
    """Mail one decision to the publishers."""
    telling.notify_publishers(decision_id=decision_id)


@shared_task
def sweep() -> None:
    """Queue the decisions nobody was told about, and ask moderators about withheld blobs without a case."""
    for decision_id in selectors.decisions_to_tell(timedelta(seconds=settings.RECHECK_AFTER)):
        enqueue(notify, decision_id)
    services.open_missing_cases()
