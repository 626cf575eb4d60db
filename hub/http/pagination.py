"""Pages of lists: an opaque cursor says where the next one begins, and a `Link` header leads there.

A cursor holds the sort keys of the last row that was shown, never an offset, so a page deep in a list costs
what the first one costs, and rows that come or go meanwhile neither hide nor repeat the others.
"""

from typing import Any
from urllib.parse import urlencode

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from hub.errors import InvalidInput
from hub.http.links import endpoint

# Raised when what cursors hold changes its meaning, so that old ones are refused rather than misread.
VERSION = 1
LONGEST = 2000
MAX_DIGITS = 20
_signer = Signer(salt="hub.http.pagination")


def encode_cursor(position: list[Any], *, order: str) -> str:
    """A position (JSON values) in a list of that order as an opaque text, signed so that nobody makes one."""
    return _signer.sign_object([VERSION, order, position])


def decode_cursor(text: str, *, order: str) -> list[Any]:
    """The position in a cursor; InvalidInput unless this hub made it for a list of that very order."""
    try:
        version, made_for, position = _signer.unsign_object(text[:LONGEST])
    except (BadSignature, ValueError):
        raise _refused() from None
    if (version, made_for) != (VERSION, order):
        raise _refused()
    return position


def read_cursor(request: HttpRequest | Request, *, order: str) -> list[Any] | None:
    """The position that the request's `cursor` asks to go on from; None for the first page.

    `order` names the list and its sort; a cursor of another one is InvalidInput.
    """
    text = request.GET.get("cursor")
    return None if text is None else decode_cursor(text, order=order)


def page_size(request: HttpRequest | Request, *, default: int, most: int) -> int:
    """How many rows the request's `limit` asks for: at least 1, at most `most`; InvalidInput if no number."""
    return max(1, whole_number(request.GET.get("limit"), "limit", default, most))


def whole_number(value: str | None, field: str, default: int, most: int) -> int:
    """A number in a query, at most `most`; InvalidInput for anything else."""
    if value is None or value == "":
        return default
    if not value.isascii() or not value.isdigit() or len(value) > MAX_DIGITS:
        raise InvalidInput(f"{field} must be a whole number.", field)
    return min(int(value), most)


def cursor_response(
    request: HttpRequest | Request, items: list[Any], next_position: list[Any] | None, *, order: str
) -> Response:
    """A page as a JSON array; with a next position, `Link: <…>; rel="next"` leads to the page after it."""
    response = Response(items)
    if next_position is not None:
        address = endpoint(request) + next_page(request, next_position, order=order)
        response["Link"] = f'<{address}>; rel="next"'
    return response


def next_page(request: HttpRequest | Request, position: list[Any], *, order: str) -> str:
    """The path and query of this same list from a position on."""
    query = request.GET.copy()
    query["cursor"] = encode_cursor(position, order=order)
    return f"{request.path_info}?{urlencode(list(query.lists()), doseq=True)}"


def _refused() -> InvalidInput:
    return InvalidInput("The cursor does not belong to this list. Begin again without it.", "cursor")
