"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from hub.http.links import endpoint
from hub.http.web.visitors import visitor


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: who is looking, and the hub's own address."""
    return {"me": visitor(request).user, "endpoint": endpoint(request)}
