"""Which form an answer takes: each view's own, whatever the client says it accepts."""

from typing import Any

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request


class OwnForm(BaseContentNegotiation):
    """Clients of several dialects send media types of their own in Accept and read JSON all the same."""

    def select_parser(self, request: Request, parsers: list[Any]) -> Any:
        """The parser of the body's media type; None when the view has none for it."""
        sent = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == sent), None)

    def select_renderer(self, request: Request, renderers: list[Any], suffix: str | None = None) -> Any:
        """The view's first renderer."""
        return renderers[0], renderers[0].media_type
