"""The workers' doors to notifications: tell, mail, and pick up what fell through."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from contributions.notifications import mailing, making, selectors, services
from hub.queue import enqueue

DAY = timedelta(days=1)


@shared_task
def tell(event_id: int) -> None:
    """Tell people of an audit event, and queue the mails that go at once."""
    for notification_id in making.tell(event_id=event_id):
        enqueue(mail, notification_id)


@shared_task
def mail(notification_id: int) -> None:
    """Mail one notification."""
    mailing.send_one(notification_id=notification_id)


@shared_task
def digest(user_id: int) -> None:
    """Mail a user what happened in a day."""
    mailing.send_digest(user_id=user_id)


@shared_task
def sweep() -> None:
    """Queue the daily mails that are due, and what was lost: news, and mails that did not go out."""
    lost = timedelta(seconds=settings.RECHECK_AFTER)
    for event_id in selectors.events_to_tell(lost):
        enqueue(tell, event_id)
    for notification_id in selectors.mails_to_send(lost):
        enqueue(mail, notification_id)
    for user_id in selectors.digests_to_send(DAY):
        enqueue(digest, user_id)
    services.forget_told(older_than=2 * DAY)
