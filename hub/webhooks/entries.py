"""The log of a webhook as its user reads it: never of what they may not see now."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from accounts.actors import Actor
from accounts.models import AuditEvent
from hub.events import Event
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, namespaces_seen, visible_to
from hub.webhooks import payloads, selectors, sending
from hub.webhooks.models import Delivery, Webhook
from hub.webhooks.vocabulary import PING, TOLD, Told

MASKED = ("X-Webhook-Secret", "X-Webhook-Signature")


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery: what it tells, and of which repository, with the name of one that is gone.

    Neither stands there when the user may not see it now.
    """

    delivery: Delivery
    told: Told
    repository: Repository | None
    gone: str


@dataclass(frozen=True, slots=True)
class Request:
    """What would be sent now, without the secrets; of a long body the beginning."""

    headers: Mapping[str, str]
    body: str


def entries_of(webhook: Webhook, *, limit: int) -> list[Entry]:
    """The latest of what was sent to a webhook, or waits for it; three queries."""
    rows = list(selectors.deliveries_of(webhook)[:limit])
    for row in rows:
        row.webhook = webhook
    numbers = {row.pk: _number(row.event) for row in rows if row.event}
    seen = visible_to(Actor(webhook.user, None)).filter(pk__in=set(numbers.values()))
    repositories = {one.pk: one for one in seen.defer(*LARGE_COLUMNS)}
    own = set(namespaces_seen(webhook.user).values_list("pk", flat=True))
    return [
        Entry(
            row,
            TOLD[row.event.event] if row.event else PING,
            repositories.get(numbers.get(row.pk, 0)),
            _name_of_gone(row.event, own),
        )
        for row in rows
    ]


def request_of(delivery: Delivery) -> Request | None:
    """What a delivery would say now; None when its user may not see what it is about."""
    story = selectors.story_of(delivery)
    if story is None:
        return None
    webhook = delivery.webhook.key
    body = payloads.body_of(story, webhook=webhook, hub=settings.LOCAL_URL)
    headers = sending.headers_of(delivery, body)
    shown = json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    return Request(
        {name: payloads.HIDDEN if name in MASKED else value for name, value in headers.items()},
        shown[: payloads.SHOWN] + ("…" if len(shown) > payloads.SHOWN else ""),
    )


def _number(event: AuditEvent) -> int:
    return int(event.subject.removeprefix("repository:"))


def _name_of_gone(event: AuditEvent | None, own: set[int]) -> str:
    """The name of a repository that this event deleted, for whoever could see it."""
    if event is None or event.event != Event.REPOSITORY_DELETED:
        return ""
    return event.data["name"] if event.data["public"] or event.data["namespace"] in own else ""
