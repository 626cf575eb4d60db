"""Answer with bytes that somebody uploaded, so that they can never run in the hub's origin."""

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from hub.http.ranges import RangeNotSatisfiable, parse_range

# Images that cards show; told by their first bytes, never by their name. SVG is not among them: it can run.
IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def inline_response(request: HttpRequest, data: bytes, *, name: str, etag: str) -> HttpResponse:
    """A small file whole or in the range asked for; HEAD gets the same headers."""
    if f'"{etag}"' in request.headers.get("If-None-Match", ""):
        return _guarded(HttpResponse(status=304), etag)
    try:
        part = parse_range(request.headers.get("Range"), len(data))
    except RangeNotSatisfiable as problem:
        response = HttpResponse(status=416)
        response["Content-Range"] = str(problem)
        return _guarded(response, etag)
    first, last = part or (0, len(data) - 1)
    response = HttpResponse(data[first : last + 1], content_type=content_type(data))
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
    response["Content-Length"] = str(last + 1 - first)
    response["Content-Disposition"] = disposition(name, data)
    return _guarded(response, etag)


def content_type(data: bytes) -> str:
    """A type that no browser runs."""
    for magic, image in IMAGES.items():
        if data.startswith(magic):
            return image
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream" if b"\0" in data[:8192] else "text/plain; charset=utf-8"


def disposition(name: str, data: bytes) -> str:
    """A name to save under; text and images may also be looked at."""
    return content_disposition_header(content_type(data) == "application/octet-stream", name) or "inline"


def _guarded(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = f'"{etag}"'
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
