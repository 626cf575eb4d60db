"""Who asks, as far as counting needs to tell callers apart."""

from django.conf import settings
from django.http import HttpRequest

from accounts.actors import Actor


def caller_of(request: HttpRequest, actor: Actor) -> str:
    """The user, or else the address: behind a proxy that is trusted, the one that the proxy saw."""
    return f"user {actor.user.pk}" if actor.user else f"address {address_of(request)}"


def address_of(request: HttpRequest) -> str:
    """The caller's network address."""
    told = request.headers.get("X-Forwarded-For", "")
    if settings.ALLAUTH_TRUSTED_PROXY_COUNT and told:
        return told.rpartition(",")[2].strip()
    return request.META.get("REMOTE_ADDR", "")
