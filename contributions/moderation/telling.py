"""Telling publishers by mail what moderators decided."""

import logging
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.addresses import confirmed_addresses
from accounts.models import User
from contributions.moderation import mails, rules, selectors
from contributions.moderation.models import Decision
from hub.events import Event

log = logging.getLogger(__name__)

# From here on a mail server's answer is final (RFC 5321, section 4.2.1).
PERMANENT = 500


@transaction.atomic
def notify_publishers(*, decision_id: int) -> int:
    """Mail a decision to everybody who may write to what it is about, each once; returns how many were told.

    The decision's row is locked while the mails are handed over: of two workers one sends. The log says who
    was told, so that the sweep asks again for the others only, when the mail server could not take a mail.
    Who has confirmed no address reads it on the pages alone.
    """
    decision = (
        Decision.objects.select_for_update(of=("self",), skip_locked=True)
        .select_related("case__repository__namespace")
        .filter(pk=decision_id, notified_at=None)
        .first()
    )
    if decision is None:
        return 0
    told = selectors.told_of(decision)
    publishers = selectors.publishers_of(decision.case)
    addresses = confirmed_addresses(publishers)
    waiting = [user for user in publishers if user.pk in addresses and user.pk not in told]
    with get_connection() as connection:
        done = [
            user
            for user in waiting
            if _tell(connection, decision, user, _message(decision, addresses[user.pk], publishers[user]))
        ]
    if len(done) == len(waiting):
        decision.notified_at = timezone.now()
        decision.save(update_fields=["notified_at"])
    return len(done)


def _tell(connection: BaseEmailBackend, decision: Decision, user: User, message: EmailMessage) -> bool:
    """Hand one mail over; False when the server may take it later. One refused for good is done with."""
    try:
        connection.send_messages([message])
    except SMTPRecipientsRefused as problem:
        if any(code < PERMANENT for code, _ in problem.recipients.values()):
            return False
        log.warning("the mail server refuses %s, who is not told of decision %s", user, decision.pk)
    except OSError as problem:
        log.warning("decision %s is not told to %s yet: %s", decision.pk, user, problem)
        return False
    else:
        audit.record(
            Event.PUBLISHER_TOLD,
            actor=None,
            subject=decision.case.subject,
            decision=decision.pk,
            user=user.pk,
            username=user.username,
        )
    return True


def _message(decision: Decision, to: str, holdings: list[selectors.Holding]) -> EmailMessage:
    repositories = list(dict.fromkeys(holding.repository.full_name for holding in holdings))
    ask = settings.DEFAULT_FROM_EMAIL
    return EmailMessage(
        subject=mails.subject(decision.action, repositories),
        body=mails.body(
            case=decision.case,
            action=decision.action,
            names=[
                f"{h.repository.full_name}: {h.path}" if h.path else h.repository.full_name for h in holdings
            ],
            findings=rules.in_words(decision.case.findings),
            reason=decision.reason,
            hub=settings.LOCAL_URL,
            ask=ask,
        ),
        from_email=ask,
        to=[to],
    )
