"""What every template may use."""

from typing import Any

from django.http import HttpRequest

from contributions.notifications.selectors import count_unread
from hub.http.links import endpoint
from hub.http.web.visitors import visitor


def page(request: HttpRequest) -> dict[str, Any]:
    """Context processor: who is looking and what they have not read, and the hub's own address."""
    me = visitor(request).user

    def unread() -> int:
        return count_unread(me) if me else 0

    # Counted by those pages only whose masthead shows it.
    return {"me": me, "endpoint": endpoint(request), "unread": unread}
