"""Telling by mail: at once about one thread or release, or once a day of everything.

A row is held for some minutes before its mail goes, so that two workers send it once, and is let go when the
mail server cannot take it now, or when the worker died: the sweep tries again. A worker that dies after the
mail server took the mail has it sent again, rather than never; it has the same Message-ID then, by which
mailboxes drop doubles. Whether the reader may see
what it is about, where they are written to and in which language is asked when it is sent.
"""

import hashlib
import logging
from collections.abc import Sequence
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation

from accounts.addresses import language_of
from accounts.models import User
from contributions.notifications import mails, selectors, unsubscribing
from contributions.notifications.models import Notification
from contributions.notifications.vocabulary import Pace, Reason

log = logging.getLogger(__name__)
# Longer than a mail server is waited for.
HELD = timedelta(minutes=10)
# From here on a mail server's answer is final (RFC 5321, section 4.2.1).
PERMANENT = 500
EVENTS_QUOTED = 20


def send_one(*, notification_id: int) -> bool:
    """Mail one notification to its reader, if that waits; whether a mail went out."""
    rows = _hold(Notification.objects.filter(pk=notification_id, mail=Pace.IMMEDIATELY))
    if not rows:
        return False
    [row] = rows
    to = selectors.address_of(row.user)
    if to is None or not selectors.to_mail(row.user, rows):
        _settle(rows)
        return False
    return _sent(rows, row.user, _message(row, to))


def send_digest(*, user_id: int) -> bool:
    """Mail a user everything that waits for their daily mail; whether a mail went out."""
    rows = _hold(Notification.objects.filter(user=user_id, mail=Pace.DAILY))
    if not rows:
        return False
    user = rows[0].user
    to, told = selectors.address_of(user), selectors.to_mail(user, rows)
    if to is None or not told:
        _settle(rows)
        return False
    return _sent(rows, user, _digest(user, told, to))


@transaction.atomic
def _hold(waiting: QuerySet[Notification]) -> list[Notification]:
    """The rows that nobody else holds, held until they are settled or HELD is over."""
    now = timezone.now()
    free = waiting.filter(Q(mailing_until=None) | Q(mailing_until__lt=now)).order_by("-news")
    related = free.select_related("user__namespace", "repository__namespace", "discussion", "actor")
    rows = list(related.select_for_update(of=("self",), skip_locked=True))
    Notification.objects.filter(pk__in=[row.pk for row in rows]).update(
        mailing_until=now + HELD, mailing_news=F("news")
    )
    return rows


@transaction.atomic
def _settle(rows: Sequence[Notification]) -> None:
    """Let rows go whose mail is done; what came to them meanwhile waits for the next mail."""
    quoted = {row.pk: row.comment for row in rows}
    held = _locked(rows)
    for row in held:
        row.mailing_until = None
        if row.news == row.mailing_news:
            row.mail, row.mail_from, row.waits_since = "", None, None
        elif row.mail and (last := quoted[row.pk]) is not None:
            row.mail_from = max(row.mail_from or 0, last + 1)
    Notification.objects.bulk_update(held, ["mail", "mail_from", "waits_since", "mailing_until"])


def _sent(rows: Sequence[Notification], user: User, message: EmailMessage) -> bool:
    """Hand a mail over; one that the server refuses for good is done with, another waits for the sweep."""
    try:
        message.send()
    except SMTPRecipientsRefused as problem:
        if all(code >= PERMANENT for code, _ in problem.recipients.values()):
            log.warning("the mail server refuses %s, who is not told: %s", user, message.subject)
            _settle(rows)
            return False
        return _let_go(rows)
    except OSError as problem:
        log.warning("not told to %s yet: %s: %s", user, message.subject, problem)
        return _let_go(rows)
    _settle(rows)
    return True


@transaction.atomic
def _let_go(rows: Sequence[Notification]) -> bool:
    """Have rows wait for another try, which quotes what this one would have."""
    Notification.objects.filter(pk__in=[row.pk for row in _locked(rows)]).update(mailing_until=None)
    return False


def _locked(rows: Sequence[Notification]) -> list[Notification]:
    """The rows as they are now, locked in the order of their ids."""
    held = Notification.objects.filter(pk__in=[row.pk for row in rows])
    return list(held.select_for_update(no_key=True).order_by("pk"))


def _message(row: Notification, to: str) -> EmailMessage:
    page = settings.LOCAL_URL + row.place
    if row.discussion_id is None:
        end, thread = unsubscribing.address(row.user, kinds=(Reason.RELEASE,)), ""
    else:
        end = unsubscribing.address(row.user, discussion=row.discussion_id)
        thread = f"<discussion-{row.discussion_id}@{urlsplit(settings.LOCAL_URL).hostname}>"
    said = selectors.said_since(row, limit=EVENTS_QUOTED)
    with translation.override(language_of(row.user)):
        subject, body = mails.subject(row), mails.of_one(row, said, page=page, end=end)
    headers = {"Message-ID": _message_id("news", [row])} | ({"References": thread} if thread else {})
    return _mail(to, subject, body, end, headers)


def _digest(user: User, rows: Sequence[Notification], to: str) -> EmailMessage:
    wishes = selectors.wishes_of([user.pk])[user.pk]
    daily = tuple(kind for kind, wish in wishes.items() if wish.mail == Pace.DAILY)
    end = unsubscribing.address(user, kinds=daily)
    hub = settings.LOCAL_URL
    with translation.override(language_of(user)):
        subject = mails.digest_subject(len(rows))
        body = mails.digest(rows, hub=hub, settings=f"{hub}/settings/notifications", end=end)
    return _mail(to, subject, body, end, {"Message-ID": _message_id("digest", rows)})


def _message_id(kind: str, rows: Sequence[Notification]) -> str:
    """The same for the same news, also when it is sent once more."""
    told = " ".join(f"{row.pk}:{row.news}" for row in sorted(rows, key=lambda row: row.pk))
    digest = hashlib.sha256(f"{kind} {told}".encode()).hexdigest()[:32]
    return f"<{kind}-{digest}@{urlsplit(settings.LOCAL_URL).hostname}>"


def _mail(to: str, subject: str, body: str, end: str, headers: dict[str, str]) -> EmailMessage:
    headers |= {"List-Unsubscribe": f"<{end}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [to], headers=headers)
