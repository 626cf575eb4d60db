"""The Django test client, telling the raw request path the way the application server does."""

from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse
from django.test import Client

from accounts.models import User


class RawPathClient(Client):
    """A client whose requests carry RAW_URI: revisions and paths keep their %2F."""

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> HttpResponse:
        """Send one request; see django.test.RequestFactory.generic for the arguments."""
        parts = urlsplit(str(path))
        query = kwargs.get("QUERY_STRING") or parts.query
        kwargs.setdefault("RAW_URI", f"{parts.path}?{query}" if query else parts.path)
        return super().generic(method, path, *args, **kwargs)


def browser(user: User | None = None) -> RawPathClient:
    """A browser in which somebody is logged in, or nobody."""
    client = RawPathClient()
    if user:
        client.force_login(user)
    return client
