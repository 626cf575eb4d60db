"""Handing mails over to the mail server, and what its answer means.

A worker holds a row for some minutes before its mails go, and lets it go or settles it afterwards: no row is
locked and no transaction open while the mail server is waited for. What a worker leaves that dies is free
again when those minutes are over, and the sweep tells the others then. Only whoever the dying worker was just
writing to may be told twice, rather than never.
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from enum import Enum
from smtplib import SMTPRecipientsRefused
from typing import TypeVar

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from contributions.moderation.models import Appeal, Call, Decision, Flag, Message

log = logging.getLogger(__name__)
Row = TypeVar("Row", Decision, Appeal, Message, Flag, Call)
# Longer than a mail server is waited for.
HELD = timedelta(minutes=10)
# From here on a mail server's answer is final (RFC 5321, section 4.2.1).
PERMANENT = 500


class Taken(Enum):
    """What became of a mail: NEVER is one refused for good, LATER one that is to be tried again."""

    YES = "yes"
    NEVER = "never"
    LATER = "later"


@transaction.atomic
def hold(untold: models.QuerySet[Row]) -> list[Row]:
    """Of what is not told yet the rows that nobody holds, for HELD: of two workers one has a row."""
    now = timezone.now()
    free = untold.filter(Q(telling_until=None) | Q(telling_until__lt=now)).order_by("pk")
    rows = list(free.select_for_update(of=("self",), skip_locked=True))
    keep(rows)
    return rows


def keep(rows: Sequence[Row]) -> None:
    """Hold rows on, for HELD from now."""
    _update(rows, telling_until=timezone.now() + HELD)


def let_go(rows: Sequence[Row]) -> None:
    """Leave rows to the next try, unless they are settled."""
    _update(rows, telling_until=None)


def settle(rows: Sequence[Row], *, when: str = "notified_at") -> None:
    """Note, in the column of that name, that everybody was told who can be."""
    _update(rows, **{when: timezone.now()})


def _update(rows: Sequence[Row], **values: object) -> None:
    if rows:
        type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(**values)


def hand_over(connection: BaseEmailBackend, message: EmailMessage, *, about: str) -> Taken:
    """Hand one mail over; `about` says in the hub's own log whom it was for, and of what it tells."""
    try:
        connection.send_messages([message])
    except SMTPRecipientsRefused as problem:
        if any(code < PERMANENT for code, _ in problem.recipients.values()):
            return Taken.LATER
        log.warning("the mail server refuses %s, who is not told", about)
        return Taken.NEVER
    except OSError as problem:
        log.warning("not told yet: %s: %s", about, problem)
        return Taken.LATER
    return Taken.YES
