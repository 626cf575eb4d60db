"""Webhooks, made by the same services as in the hub."""

from collections.abc import Sequence
from ipaddress import ip_network

from accounts.models import User
from hub.webhooks import sending
from hub.webhooks.models import Delivery, Webhook
from hub.webhooks.services import create_webhook
from hub.webhooks.vocabulary import Domain, State

LOOPBACK = [ip_network("127.0.0.0/8")]


def make_webhook(
    user: User,
    *watched: tuple[str, str],
    url: str = "https://example.org/hook",
    secret: str = "",
    domains: Sequence[str] = tuple(Domain.values),
) -> Webhook:
    """A webhook that watches these, or else all of its user."""
    things = watched or [("user", user.username)]
    return create_webhook(user=user, url=url, watched=things, domains=domains, secret=secret)


def deliver(delivery_id: int) -> State | None:
    """Make one try in this thread, if it is due and no other is made for its user; where it stands then."""
    claimed = sending.claim(delivery_id=delivery_id)
    if claimed is None:
        return None
    request = sending.request_for(claimed)
    if request is None:
        return State(Delivery.objects.get(pk=delivery_id).state)
    return sending.note_outcome(claimed=claimed, outcome=sending.wire.send(*request))
