"""The body of a commit: one JSON object a line, read as it arrives and never held in memory as a whole."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from hub.errors import InvalidInput, TooMuch
from hub.http.bodies import pieces
from hub.http.huggingface.base import text_field
from hub.http.parsers import NotJson, read_json
from hub.revisions.operations import AddBlob, AddInline, DeleteFile, DeleteFolder, Operation
from storage.contents import Spool

# What a line may hold beside a file's base64: its path, twelve times as long in escapes, and JSON around it.
AROUND = 64 * 1024


def read_commit(request: HttpRequest, spool: Spool) -> tuple[dict[str, Any], list[Operation]]:
    """The header and the operations; contents are put down in `spool`, all else is checked and kept.

    InvalidInput names the line that is wrong, and a body that broke off; TooMuch one beyond the limits.
    """
    header: dict[str, Any] | None = None
    operations: list[Operation] = []
    for number, line in enumerate(lines(request), start=1):
        if not line.strip():
            continue
        key, value = parsed(line, number)
        if key == "header":
            if header is not None:
                raise InvalidInput(f"Line {number} is a second header.", "header")
            header = value
            continue
        if len(operations) == settings.MAX_COMMIT_OPERATIONS:
            raise TooMuch(f"A commit has at most {settings.MAX_COMMIT_OPERATIONS} operations.", "operations")
        operations.append(operation(key, value, number, spool))
    if header is None:
        raise InvalidInput("The commit has no header line.", "header")
    return header, operations


def lines(request: HttpRequest) -> Iterator[bytes]:
    """The lines of a body, one at a time; refuses a line that holds more than a small file."""
    limit = settings.INLINE_LIMIT * 4 // 3 + AROUND
    line: list[bytes] = []
    size = 0
    for piece in pieces(request, limit=settings.MAX_COMMIT_BODY, what="A commit"):
        *ends, rest = piece.split(b"\n")
        for end in ends:
            yield b"".join((*line, end))
            line, size = [], 0
        line.append(rest)
        size += len(rest)
        if size > limit:
            raise InvalidInput(
                f"A file inside a commit has at most {settings.INLINE_LIMIT} bytes; "
                "larger ones are uploaded through LFS.",
                "content",
            )
    yield b"".join(line)


def parsed(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    """The key and the value of a line."""
    try:
        item = read_json(line)
    except NotJson as problem:
        raise InvalidInput(f"Line {number} is not JSON: {problem}", problem.field) from None
    if not isinstance(item, dict) or not isinstance(item.get("value"), dict):
        raise InvalidInput(f"Line {number} must be an object with key and value.", "body")
    return str(item.get("key")), item["value"]


def operation(key: str, value: dict[str, Any], number: int, spool: Spool) -> Operation:
    """One operation of a commit."""
    path = text_field(value, "path")
    match key:
        case "file":
            return AddInline(path, spool.keep(content_of(value, path)))
        case "lfsFile":
            if value.get("algo", "sha256") != "sha256":
                raise InvalidInput(f"{path}: algo must be sha256.", "algo")
            size = value.get("size")
            if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
                raise InvalidInput(f"{path}: size must be a whole number.", "size")
            return AddBlob(path, text_field(value, "oid"), size)
        case "deletedFile":
            return DeleteFile(path)
        case "deletedFolder":
            return DeleteFolder(path)
    raise InvalidInput(f"Line {number} has the unknown key {key!r}.", "key")


def content_of(value: dict[str, Any], path: str) -> bytes:
    """The bytes of a small file; InvalidInput when there are too many."""
    encoding = value.get("encoding", "utf-8")
    if encoding not in ("base64", "utf-8"):
        raise InvalidInput(f"{path}: encoding must be base64 or utf-8.", "encoding")
    text = text_field(value, "content")
    data = decoded(text, path) if encoding == "base64" else text.encode()
    if len(data) > settings.INLINE_LIMIT:
        raise InvalidInput(
            f"{path} has {len(data)} bytes; a file over {settings.INLINE_LIMIT} bytes is uploaded "
            "through LFS, not inside a commit.",
            "content",
        )
    return data


def decoded(text: Any, path: str, field: str = "content") -> bytes:
    """Base64 as bytes."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise InvalidInput(f"{path}: the {field} is not base64.", field) from None
