"""Answer with bytes that somebody uploaded, so that they can never run in the hub's origin."""

import codecs
import re
from collections.abc import Callable, Iterable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from hub.http.ranges import RangeNotSatisfiable, parse_range
from hub.http.streaming import Stream
from storage.models import Reconstruction
from storage.xet import reading

Answer = HttpResponse | StreamingHttpResponse
# As many bytes tell the type of a file.
SNIFFED = 8192
# Images that cards show; told by their first bytes, never by their name.
IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
# A drawing may hold scripts. No picture of a page runs them; opened by itself it is saved, or in a sandbox.
SVG = "image/svg+xml"
DRAWING = re.compile(rb"\s*(<\?xml[^<>]*\?>\s*)?(<!--[^>]*-->\s*){0,9}(<!DOCTYPE svg[^<>]*>\s*)?<svg[\s>]")


def inline_response(request: HttpRequest, data: bytes, *, size: int, name: str, etag: str) -> HttpResponse:
    """A small file whole or in the range asked for; for a HEAD its first SNIFFED bytes are enough."""

    def part(first: int, last: int) -> HttpResponse:
        response = HttpResponse(data[first : last + 1], content_type=content_type(data))
        # Always to be saved, as the store's links are: a page that shows a file has a viewer for it.
        response["Content-Disposition"] = content_disposition_header(True, name)
        return response

    return _answer(request, part, size=size, etag=etag)


def chunked_response(request: HttpRequest, file: str, *, size: int, name: str, sha256: str) -> Answer:
    """A large file that lies in chunks, whole or in the range asked for, told as links to the store tell it.

    It is put together while it is sent; raises StreamsBusy when too many are. Short ranges are sent as they
    are. Nothing is read for a HEAD.
    """
    reconstruction = Reconstruction(hash=file, size=size)

    def part(first: int, last: int) -> Answer:
        told = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": content_disposition_header(True, name),
        }
        if request.method == "HEAD":
            return HttpResponse(headers=told)
        if last - first < settings.INLINE_LIMIT:
            return HttpResponse(b"".join(reading.stream(reconstruction, first, last)), headers=told)
        return StreamingHttpResponse(Stream(reconstruction, first, last, sha256=sha256), headers=told)

    return _answer(request, part, size=size, etag=sha256)


def media_response(
    request: HttpRequest,
    read: Callable[[int, int], Iterable[bytes]],
    *,
    size: int,
    sha256: str,
    content_type: str,
) -> Answer:
    """A picture, film or sound that pages show, whole or in the range asked for, read while it is sent."""
    told = {"Content-Type": content_type, "Content-Disposition": "inline"}
    return _answer(request, _reading(request, read, told), size=size, etag=sha256)


def saved_response(
    request: HttpRequest, read: Callable[[int, int], Iterable[bytes]], *, size: int, sha256: str, name: str
) -> Answer:
    """Anything at all, which a browser only saves, whole or in the range asked for, read while it is sent."""
    told = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": content_disposition_header(True, name),
    }
    return _answer(request, _reading(request, read, told), size=size, etag=sha256)


def _reading(
    request: HttpRequest, read: Callable[[int, int], Iterable[bytes]], told: dict[str, str]
) -> Callable[[int, int], Answer]:
    """An answer with bytes first to last, as `read` has them; nothing is read for a HEAD."""

    def part(first: int, last: int) -> Answer:
        if request.method == "HEAD":
            return HttpResponse(headers=told)
        if last - first < settings.INLINE_LIMIT:
            return HttpResponse(b"".join(read(first, last)), headers=told)
        return StreamingHttpResponse(read(first, last), headers=told)

    return part


def _answer(request: HttpRequest, part: Callable[[int, int], Answer], *, size: int, etag: str) -> Answer:
    """What the conditions and the range of a request ask for; `part` answers with bytes first to last."""
    if _matches(request.headers.get("If-None-Match", ""), etag):
        return _guarded(HttpResponse(status=304), etag)
    try:
        asked = parse_range(_range_of(request, etag), size)
    except RangeNotSatisfiable as problem:
        response = HttpResponse(status=416)
        response["Content-Range"] = str(problem)
        return _guarded(response, etag)
    first, last = asked or (0, size - 1)
    response = part(first, last)
    if asked:
        response.status_code = 206
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last + 1 - first)
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
    """A type that no browser runs, SVG for SVG."""
    for magic, image in IMAGES.items():
        if data.startswith(magic):
            return image
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if DRAWING.match(data.removeprefix(codecs.BOM_UTF8), 0, SNIFFED):
        return SVG
    return "application/octet-stream" if b"\0" in data[:SNIFFED] else "text/plain; charset=utf-8"


def _guarded(response: Answer, etag: str) -> Answer:
    response["ETag"] = f'"{etag}"'
    response["Accept-Ranges"] = "bytes"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response
