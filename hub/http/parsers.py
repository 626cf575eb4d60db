"""The bodies of requests: JSON and forms of a bounded size, with nothing in them that the hub cannot keep."""

import json
import math
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from rest_framework import parsers

from hub.errors import InvalidInput, TooMuch

DEEPEST = 50


class NotJson(ValueError):
    """Bytes that are not JSON, or not JSON that the hub can keep; `field` names where."""

    def __init__(self, message: str, field: str = "body") -> None:
        super().__init__(message)
        self.field = field


class JsonParser(parsers.BaseParser):
    """`application/json`."""

    media_type = "application/json"

    def parse(
        self,
        stream: BinaryIO,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        """The value; InvalidInput when it is not JSON, TooMuch when it is too long."""
        try:
            return read_json(_read(stream))
        except NotJson as problem:
            raise InvalidInput(f"The body is not JSON: {problem}", problem.field) from None


class FormParser(parsers.BaseParser):
    """`application/x-www-form-urlencoded`."""

    media_type = "application/x-www-form-urlencoded"

    def parse(
        self,
        stream: BinaryIO,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> QueryDict:
        """The fields, in UTF-8; TooMuch when they are too long or too many."""
        try:
            return QueryDict(_read(stream), encoding="utf-8")
        except TooManyFieldsSent:
            raise TooMuch(
                f"A form has at most {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS} fields.", "body"
            ) from None


def read_json(data: bytes) -> Any:
    """A JSON value (RFC 8259) that PostgreSQL can keep and any client can read; NotJson otherwise.

    Refused are texts with NUL or half a surrogate pair, numbers that are infinite or endless, and nesting
    deeper than 50 levels.
    """
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_constant=_no_number, parse_float=_finite)
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError as problem:
        raise NotJson(str(problem)) from None
    _check(value)
    return value


def _read(stream: BinaryIO) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    data = stream.read(limit + 1)
    if len(data) > limit:
        raise TooMuch(f"The body has more than {limit} bytes.", "body")
    return data


def _check(value: Any) -> None:
    """Look at every text and at the depth, level by level."""
    level = [("body", value)]
    for _ in range(DEEPEST):
        for field, item in level:
            if isinstance(item, str):
                _check_text(item, field)
        level = [inner for field, item in level for inner in _inside(field, item)]
        if not level:
            return
    raise NotJson("it is nested too deeply")


def _inside(field: str, item: Any) -> list[tuple[str, Any]]:
    """What is in a list or object, each under the name of the field that it is in."""
    if isinstance(item, dict):
        return [(field, name) for name in item] + list(item.items())
    return [(field, inner) for inner in item] if isinstance(item, list) else []


def _check_text(text: str, field: str) -> None:
    if "\0" in text:
        raise NotJson(f"{field} has the character NUL", field)
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotJson(f"{field} has half a surrogate pair", field) from None


def _no_number(word: str) -> None:
    raise ValueError(f"{word} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number
