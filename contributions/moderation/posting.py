"""Handing one mail over to the mail server, and what its answer means."""

import logging
from enum import Enum
from smtplib import SMTPRecipientsRefused

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

log = logging.getLogger(__name__)
# From here on a mail server's answer is final (RFC 5321, section 4.2.1).
PERMANENT = 500


class Taken(Enum):
    """What became of a mail: NEVER is one refused for good, LATER one that is to be tried again."""

    YES = "yes"
    NEVER = "never"
    LATER = "later"


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
