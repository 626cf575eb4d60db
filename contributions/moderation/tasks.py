"""The workers' doors into moderation: tell people, and pick up what fell through or is due."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from contributions.moderation import appealing, flagging, repairs, reporters, selectors, telling
from hub.queue import enqueue


@shared_task
def notify(decision_id: int) -> None:
    """Mail one decision to those concerned."""
    telling.tell_of_decision(decision_id=decision_id)


@shared_task
def notify_appeal(appeal_id: int) -> None:
    """Mail the answer to an appeal."""
    telling.tell_of_answer(appeal_id=appeal_id)


@shared_task
def notify_message(message_id: int) -> None:
    """Mail what the desk wrote."""
    telling.tell_of_message(message_id=message_id)


@shared_task
def notify_reporters(case_id: int) -> None:
    """Mail those who reported what came of it."""
    reporters.tell_reporters(case_id=case_id)


@shared_task
def sweep() -> None:
    """Queue what nobody was told, flag withheld blobs without a case, restore and return what is due."""
    age = timedelta(seconds=settings.RECHECK_AFTER)
    for task, ids in (
        (notify, selectors.decisions_to_tell(age)),
        (notify_appeal, selectors.answers_to_tell(age)),
        (notify_message, selectors.messages_to_tell(age)),
        (notify_reporters, selectors.reporters_to_tell(age)),
    ):
        for row_id in ids:
            enqueue(task, row_id)
    flagging.open_missing_cases()
    appealing.restore_due()
    repairs.return_overdue()
