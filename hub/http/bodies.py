"""The bodies of requests as they arrive, for those that are never held in memory as a whole."""

from collections.abc import Iterator
from typing import BinaryIO

from django.http import HttpRequest, UnreadablePostError

from hub.errors import InvalidInput, TooMuch

PIECE = 64 * 1024


def pieces(request: HttpRequest, *, limit: int, what: str) -> Iterator[bytes]:
    """The body as it arrives; InvalidInput when it breaks off, TooMuch beyond `limit` bytes."""
    declared = int(request.META.get("CONTENT_LENGTH") or 0)
    chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    too_much = TooMuch(f"{what} has at most {limit} bytes.", "body")
    if declared > limit:
        raise too_much
    # Django reads no body without a length; the application server ends a chunked one where it ends.
    stream: BinaryIO = request.META["wsgi.input"] if chunked else request
    total = 0
    try:
        while piece := stream.read(PIECE):
            total += len(piece)
            if total > limit:
                raise too_much
            yield piece
    except (OSError, UnreadablePostError) as problem:
        raise InvalidInput(f"The body broke off after {total} bytes.", "body") from problem
    if not chunked and total != declared:
        raise InvalidInput(f"The body broke off after {total} of {declared} bytes.", "body")
