"""What every request passes: an id to ask about it, and the path as it was sent."""

import re
import uuid
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse, JsonResponse

Respond = Callable[[HttpRequest], HttpResponse]
NUL = re.compile(r"\0|%00")
PARAMETER = re.compile(r"[A-Za-z_]{1,40}")
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


class HeadersOnly:
    """Answer HEAD with the headers of a GET and no body, of which the application server would warn."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.respond(request)
        if request.method == "HEAD" and not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
            response.content = b""
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
        if NUL.search(raw):
            field = _part_with_nul(raw)
            return _refused(raw, field, f"{field} has the character NUL, which nothing here is named with.")
        try:
            path = raw if raw.startswith("/") else urlsplit(raw).path
        except ValueError:
            return _refused(raw, "address", "The address is not a URL.")
        # Clients may leave letters unescaped that others escape: routes see one spelling of each.
        request.path_info = quote(path.partition("?")[0].partition("#")[0], safe="/%:@!$&'()*+,;=~") or "/"
        return self.respond(request)


def _part_with_nul(raw: str) -> str:
    """The name of the parameter that has it, or "path"."""
    path, _, query = raw.partition("?")
    if NUL.search(path):
        return "path"
    name = next(part for part in query.split("&") if NUL.search(part)).partition("=")[0]
    return name if PARAMETER.fullmatch(name) else "query"


def _refused(raw: str, field: str, words: str) -> HttpResponse:
    """Answer 400, below /api in the form of the API."""
    if raw.startswith("/api/"):
        return JsonResponse({"error": words, "field": field}, status=400)
    return HttpResponse(words, status=400, content_type="text/plain; charset=utf-8")
