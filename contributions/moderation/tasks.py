"""The workers' doors into moderation: tell people, and pick up what fell through or is due."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings

from contributions.moderation import (
    appealing,
    claimants,
    colleagues,
    deciding,
    findings,
    following,
    repairs,
    reporters,
    selectors,
    telling,
)
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
def notify_claimants(appeal_id: int) -> None:
    """Mail a counter-notice, or what came of it, to whoever claimed the right."""
    claimants.tell_claimants(appeal_id=appeal_id)


@shared_task
def notify_moderators(case_id: int) -> None:
    """Mail those moderators who are called to a case."""
    colleagues.tell_moderators(case_id=case_id)


@shared_task
def remind(decision_id: int) -> None:
    """Mail those who are asked for changes that the date is near."""
    telling.remind(decision_id=decision_id)


@shared_task
def flag_withheld(sha256: str) -> None:
    """Make the case of a withheld blob whose news was lost."""
    findings.flag_withheld(sha256=sha256)


@shared_task
def flag_suspicion(scan_id: int) -> None:
    """Flag what a scanner suspects, whose news was lost or came before others could have the file."""
    findings.flag_suspicion(scan_id=scan_id)


@shared_task
def flag_published(repository_id: int) -> None:
    """Flag what was found in a repository that everybody can have now."""
    findings.flag_published(repository_id=repository_id)


@shared_task
def restore(appeal_id: int) -> None:
    """Undo what a counter-notice contests whose waiting is over."""
    appealing.restore(appeal_id=appeal_id)


@shared_task
def withhold_again(case_id: int) -> None:
    """Withhold what came again after it was decided about, or may come again as it was just deleted."""
    deciding.settle_again(case_id=case_id)


@shared_task
def follow(repository_id: int) -> None:
    """Let cases be about the repository in which their files are withheld now."""
    following.follow(repository_id=repository_id)


@shared_task
def sweep() -> None:
    """Queue what nobody was told, and what is withheld, restored, returned or reminded of because it is due.

    Each is a task of its own, so that one that fails holds up no other.
    """
    age = timedelta(seconds=settings.RECHECK_AFTER)
    for task, ids in (
        (notify, selectors.decisions_to_tell(age)),
        (notify_appeal, selectors.answers_to_tell(age)),
        (notify_message, selectors.messages_to_tell(age)),
        (notify_reporters, selectors.reporters_to_tell(age)),
        (notify_claimants, selectors.claims_to_tell(age)),
        (notify_moderators, selectors.calls_to_tell(age)),
        (remind, selectors.reminders_due()),
        (flag_withheld, selectors.withheld_without_case()),
        (flag_suspicion, findings.suspicions_to_flag(age)),
        (withhold_again, selectors.served_against_decisions()),
        (withhold_again, following.deleted_against_decisions()),
        (follow, following.to_follow()),
        (restore, selectors.counter_notices_due()),
    ):
        for row_id in ids:
            enqueue(task, row_id)
    repairs.return_overdue()
