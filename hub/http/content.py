"""Answer with bytes that somebody uploaded, so that they can never run in the hub's origin."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from hub.http.ranges import RangeNotSatisfiable, parse_range
from storage.models import Reconstruction
from storage.xet.reading import stream

# As many bytes tell the type of a file.
SNIFFED = 8192
# Images that cards show; told by their first bytes, never by their name. SVG is not among them: it can run.
IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def inline_response(request: HttpRequest, data: bytes, *, size: int, name: str, etag: str) -> HttpResponse:
    """A small file whole or in the range asked for; for a HEAD its first SNIFFED bytes are enough."""
    if _matches(request.headers.get("If-None-Match", ""), etag):
        return _guarded(HttpResponse(status=304), etag)
    try:
        part = parse_range(_range_of(request, etag), size)
    except RangeNotSatisfiable as problem:
        response = HttpResponse(status=416)
        response["Content-Range"] = str(problem)
        return _guarded(response, etag)
    first, last = part or (0, size - 1)
    response = HttpResponse(data[first : last + 1], content_type=content_type(data))
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last + 1 - first)
    response["Content-Disposition"] = disposition(name, data)
    return _guarded(response, etag)


def chunked_response(
    request: HttpRequest, file: str, *, size: int, name: str, etag: str
) -> HttpResponse | StreamingHttpResponse:
    """A large file that lies in chunks, whole or in the range asked for, as it is put together."""
    if _matches(request.headers.get("If-None-Match", ""), etag):
        return _guarded(HttpResponse(status=304), etag)
    try:
        part = parse_range(_range_of(request, etag), size)
    except RangeNotSatisfiable as problem:
        response = HttpResponse(status=416)
        response["Content-Range"] = str(problem)
        return _guarded(response, etag)
    first, last = part or (0, size - 1)
    pieces = stream(Reconstruction(hash=file, size=size), first, last)
    response = StreamingHttpResponse(pieces, content_type="application/octet-stream")
    if part:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last + 1 - first)
    response["Content-Disposition"] = content_disposition_header(True, name)
    return _guarded(response, etag)


def _range_of(request: HttpRequest, etag: str) -> str | None:
    """The range asked for; None when there is none, or `If-Range` names other content (RFC 9110, 13.1.5).

    Only GET has ranges; a date in `If-Range` cannot be told to match.
    """
    if request.method != "GET" or request.headers.get("If-Range", f'"{etag}"') != f'"{etag}"':
        return None
    return request.headers.get("Range")


def _matches(header: str, etag: str) -> bool:
    """Whether `If-None-Match` names the content; a proxy may have weakened the tag (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return f'"{etag}"' in tags or tags == ["*"]


def content_type(data: bytes) -> str:
    """A type that no browser runs."""
    for magic, image in IMAGES.items():
        if data.startswith(magic):
            return image
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return "application/octet-stream" if b"\0" in data[:SNIFFED] else "text/plain; charset=utf-8"


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
