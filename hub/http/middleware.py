"""What every request passes: an id to ask about it, and the path as it was sent."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse

Respond = Callable[[HttpRequest], HttpResponse]
REQUEST_ID = re.compile(r"[A-Za-z0-9=;._-]{1,128}")


class RequestId:
    """Give each request an id, the client's own if it sent a plain one, and say it in the answer."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        sent = request.headers.get("X-Request-Id") or request.headers.get("X-Amzn-Trace-Id") or ""
        request.request_id = sent if REQUEST_ID.fullmatch(sent) else uuid.uuid4().hex
        response = self.respond(request)
        response["X-Request-Id"] = request.request_id
        return response


class RawPath:
    """Route on the path as it was sent, because a revision may contain an escaped slash.

    WSGI decodes PATH_INFO, after which `refs%2Fpr%2F1/file` cannot be told from `refs/pr/1/file`. The
    application server gives the undecoded form beside it (gunicorn: RAW_URI). The converters in
    `hub.http.paths` decode what they capture.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        raw = request.META.get("RAW_URI")
        if raw is None:
            raise ImproperlyConfigured("The application server does not pass RAW_URI, the undecoded path.")
        path = raw if raw.startswith("/") else urlsplit(raw).path
        # Clients may leave letters unescaped that others escape: routes see one spelling of each.
        request.path_info = quote(path.partition("?")[0].partition("#")[0], safe="/%:@!$&'()*+,;=~") or "/"
        return self.respond(request)
