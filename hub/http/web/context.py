"""What every template may use."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from hub.http.authentication import actor_of


def endpoint(request: HttpRequest) -> str:
    """Return the hub's address as its visitors know it, without a slash at the end."""
    return settings.HUB_URL or request.build_absolute_uri("/").rstrip("/")


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: who is asking, and the hub's own address."""
    return {"me": actor_of(request).user, "endpoint": endpoint(request)}
