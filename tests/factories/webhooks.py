"""Webhooks, made by the same services as in the hub."""

from collections.abc import Sequence
from ipaddress import ip_network

from accounts.models import User
from hub.webhooks.models import Webhook
from hub.webhooks.services import create_webhook
from hub.webhooks.vocabulary import Domain

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
