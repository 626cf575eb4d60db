"""Tries of deliveries: claimed, made, made again, given up.

A try is claimed before it is made: the delivery is put off by a while, so that of two workers one sends, and
that it is tried again when the worker dies in the middle. Of each user one is claimed at a time.
"""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts import audit
from accounts.models import User
from hub.events import Event
from hub.webhooks import delivery as wire
from hub.webhooks import payloads, selectors
from hub.webhooks.models import Delivery, Webhook
from hub.webhooks.services import give_up
from hub.webhooks.vocabulary import Reason, State

# How long after each try that failed the next one is made; after the last the delivery has failed.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
# Longer than a try takes: then whoever made it is taken to be dead.
CLAIMED = timedelta(minutes=1)
# So many deliveries in a row that failed for good pause a webhook.
PAUSED_AFTER = 10
AGENT = "Allmende-Webhooks/1"


@transaction.atomic
def claim(*, delivery_id: int) -> Delivery | None:
    """Put off a delivery that the caller sends now; None unless it is due and its user has none on its way.

    The user's row is locked, so that of two workers the second compares what the first claimed; then the
    delivery's, or none if it is locked.
    """
    now = timezone.now()
    due = Delivery.objects.filter(pk=delivery_id, state=State.QUEUED, next_at__lte=now)
    list(User.objects.select_for_update(no_key=True).filter(pk__in=due.values("webhook__user")))
    rows = due.select_for_update(of=("self",), skip_locked=True).select_related("webhook__user", "event")
    claimed = rows.first()
    if claimed is None or selectors.on_their_way(now).filter(webhook__user=claimed.webhook.user_id).exists():
        return None
    claimed.tries, claimed.next_at, claimed.tried_at = claimed.tries + 1, now + CLAIMED, now
    claimed.reason = Reason.NONE
    claimed.save(update_fields=["tries", "next_at", "tried_at", "reason"])
    return claimed


def request_for(claimed: Delivery) -> tuple[str, bytes, dict[str, str]] | None:
    """The address, the body and the headers of a try; None, and it is dropped, when nothing is to be sent."""
    webhook = claimed.webhook
    if webhook.disabled:
        _ended(claimed, State.DROPPED, Reason.DISABLED)
        return None
    story = selectors.story_of(claimed)
    if story is None:
        _ended(claimed, State.DROPPED, Reason.UNSEEN)
        return None
    body = payloads.body_of(story, webhook=webhook.key, hub=settings.LOCAL_URL)
    return webhook.url, body, headers_of(claimed, body)


def headers_of(delivery: Delivery, body: bytes) -> dict[str, str]:
    """What is sent along with a body."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": AGENT,
        "X-Webhook-Id": delivery.webhook.key,
        "X-Webhook-Delivery": str(delivery.key),
        "Connection": "close",
    }
    secret = delivery.webhook.secret
    if secret:
        at = int(timezone.now().timestamp())
        headers["X-Webhook-Secret"] = secret
        headers["X-Webhook-Signature"] = payloads.signature(secret, at, body)
    return headers


@transaction.atomic
def note_outcome(*, claimed: Delivery, outcome: wire.Outcome) -> State:
    """Note what came of a try; returns where the delivery stands then.

    The webhook's row is locked, so that failures are counted one by one.
    """
    webhook = Webhook.objects.select_for_update(no_key=True).filter(pk=claimed.webhook_id).first()
    claimed.status, claimed.reason, claimed.seconds = outcome.status, outcome.reason, outcome.seconds
    claimed.answer = payloads.quoted(outcome.answer, claimed.webhook.secret)
    if outcome.reason == Reason.NONE:
        Webhook.objects.filter(pk=claimed.webhook_id).exclude(failures=0).update(failures=0)
        return _ended(claimed, State.DELIVERED, Reason.NONE)
    if claimed.tries <= len(WAITS):
        claimed.next_at = timezone.now() + WAITS[claimed.tries - 1]
        return _ended(claimed, State.QUEUED, outcome.reason)
    state = _ended(claimed, State.FAILED, outcome.reason)
    if webhook is not None and not webhook.disabled:
        _count_failure(webhook)
    return state


def _ended(claimed: Delivery, state: State, reason: Reason) -> State:
    """Note where a delivery stands, unless it was deleted or given up meanwhile."""
    Delivery.objects.filter(pk=claimed.pk, state=State.QUEUED).update(
        state=state,
        reason=reason,
        status=claimed.status,
        seconds=claimed.seconds,
        answer=claimed.answer,
        next_at=claimed.next_at,
    )
    return state


def _count_failure(webhook: Webhook) -> None:
    """One more in a row; the tenth pauses the webhook, and its user is told."""
    Webhook.objects.filter(pk=webhook.pk).update(failures=F("failures") + 1)
    if webhook.failures + 1 < PAUSED_AFTER:
        return
    now = timezone.now()
    Webhook.objects.filter(pk=webhook.pk).update(disabled_at=now, paused_at=now)
    give_up(webhook)
    audit.record(Event.WEBHOOK_PAUSED, actor=None, subject=webhook.subject, key=webhook.key)
