"""Who asks, as far as counting needs to tell callers apart."""

from django.http import HttpRequest

from accounts.actors import Actor
from hub.http.throttling import address


def caller_of(request: HttpRequest, actor: Actor) -> str:
    """The user, or else the network address."""
    return f"user {actor.user.pk}" if actor.user else f"address {address(request)}"
