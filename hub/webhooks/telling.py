"""Telling people by mail that a webhook of theirs was paused.

The mail is noted as sent before it goes, so that of two workers one sends it, and given back when the mail
server cannot take it now: the sweep tries again.
"""

import logging
from smtplib import SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone, translation

from accounts.addresses import confirmed_addresses, language_of
from hub.webhooks import mails
from hub.webhooks.models import Webhook

log = logging.getLogger(__name__)
# From here on a mail server's answer is final (RFC 5321, section 4.2.1).
PERMANENT = 500


def tell_paused(*, webhook_id: int) -> bool:
    """Mail the user of a webhook that the hub paused; False when no mail went out."""
    waiting = Webhook.objects.filter(pk=webhook_id, paused_told_at=None).exclude(paused_at=None)
    webhook = waiting.select_related("user").first()
    if webhook is None or not waiting.update(paused_told_at=timezone.now()):
        return False
    user = webhook.user
    to = confirmed_addresses([user]).get(user.pk)
    if to is None or user.suspended_at is not None:
        return False
    with translation.override(language_of(user)):
        subject, body = mails.paused(webhook, settings.LOCAL_URL)
    try:
        send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [to])
    except SMTPRecipientsRefused as problem:
        if all(code >= PERMANENT for code, _ in problem.recipients.values()):
            log.warning("the mail server refuses %s, who is not told of webhook %s", user, webhook.key)
            return False
        return _given_back(webhook)
    except OSError as problem:
        log.warning("%s is not told of webhook %s yet: %s", user, webhook.key, problem)
        return _given_back(webhook)
    return True


def _given_back(webhook: Webhook) -> bool:
    Webhook.objects.filter(pk=webhook.pk).update(paused_told_at=None)
    return False
