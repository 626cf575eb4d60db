"""The log of deliveries: what is queued in it, and what it keeps."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import AuditEvent
from hub.errors import InvalidInput
from hub.events import Event
from hub.webhooks import selectors
from hub.webhooks.errors import WebhookNotFound
from hub.webhooks.models import Delivery, Watch, Webhook
from hub.webhooks.vocabulary import State

# What is kept of each webhook, and how long.
KEPT, KEPT_FOR = 100, timedelta(days=30)


@transaction.atomic
def note(*, events: Iterable[AuditEvent]) -> list[int]:
    """Queue events for every webhook that is to be told; returns the ids of the deliveries that are due.

    Twice is once: a webhook has one delivery of an event, by a constraint. Three queries, and one more when a
    repository was deleted, which nobody watches any more.
    """
    events = list(events)
    pairs = selectors.watching(events) if events else []
    rows = [Delivery(event=event, webhook_id=webhook) for event, webhook in pairs]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    gone = [event.subject for event in events if event.event == Event.REPOSITORY_DELETED]
    if gone:
        Watch.objects.filter(repository__in=[int(one.removeprefix("repository:")) for one in gone]).delete()
    queued = Delivery.objects.filter(event__in=[event.pk for event, _ in pairs], state=State.QUEUED, tries=0)
    return list(queued.order_by("pk").values_list("pk", flat=True)) if pairs else []


@transaction.atomic
def ping(*, webhook: Webhook) -> Delivery:
    """Queue a test, which tells nothing but that it is one."""
    return _queued(webhook, None)


@transaction.atomic
def redeliver(*, webhook: Webhook, key: str) -> Delivery:
    """Queue once more what was sent before, as it is now.

    WebhookNotFound; InvalidInput while the webhook is disabled.
    """
    try:
        known = Delivery.objects.filter(webhook=webhook, key=UUID(key))
    except ValueError as problem:
        raise WebhookNotFound("There is no such delivery.") from problem
    former = known.select_related("event").first()
    if former is None:
        raise WebhookNotFound("There is no such delivery.")
    return _queued(webhook, former.event)


def _queued(webhook: Webhook, event: AuditEvent | None) -> Delivery:
    if webhook.disabled:
        raise InvalidInput(gettext("Enable the webhook first."), "webhook")
    queued = Delivery.objects.create(webhook=webhook, event=event, again=True)
    audit.record(Event.WEBHOOK_ASKED, actor=webhook.user, subject=webhook.subject, delivery=queued.pk)
    return queued


def forget_old() -> int:
    """Delete from the log what it keeps no longer, but nothing that waits; returns how many rows."""
    now = timezone.now()
    ended = Delivery.objects.exclude(state=State.QUEUED)
    gone, _ = ended.filter(created_at__lt=now - KEPT_FOR).delete()
    # Not what is so new that the sweep would take its event for one whose news was lost.
    settled = ended.filter(created_at__lt=now - 2 * selectors.LOOK_BACK)
    for webhook in Webhook.objects.values_list("pk", flat=True):
        last = Delivery.objects.filter(webhook=webhook).order_by("-pk").values_list("pk", flat=True)
        oldest = last[KEPT - 1 : KEPT].first()
        if oldest is not None:
            gone += settled.filter(webhook=webhook, pk__lt=oldest).delete()[0]
    return gone
