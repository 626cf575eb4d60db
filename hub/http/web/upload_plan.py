"""How the files that a browser announces will travel: inside the commit, or straight to the object store."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from hub.errors import InvalidInput
from hub.repos.models import Repository
from hub.revisions.attributes import check_work, large_rules, named_large
from hub.revisions.operations import AddBlob, AddInline, Operation
from hub.revisions.possession import SHA256
from hub.revisions.selectors import find_entry, read_text, resolve_revision
from storage.git.paths import clean_path

MAX_FILES = 1000
# What one commit may carry itself; in base64 it stays well below DATA_UPLOAD_MAX_MEMORY_SIZE.
INLINE_TOTAL = 8 * 1024 * 1024


@dataclass(frozen=True)
class Announced:
    """A file as the page announces it; size in bytes, sha256 in hexadecimal."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Brought:
    """A file as the page brings it: with its bytes, or with the parts that the object store has received."""

    announced: Announced
    content: bytes | None
    upload_id: str
    parts: list[tuple[int, str]]

    def operation(self) -> Operation:
        """Return what the commit does with it."""
        file = self.announced
        if self.content is not None:
            return AddInline(file.path, self.content)
        return AddBlob(file.path, file.sha256, file.size)


def parse_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a page's script sent; InvalidInput for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(_("The request is not JSON."), "body") from problem
    if not isinstance(data, dict):
        raise InvalidInput(_("The request is not a JSON object."), "body")
    return data


def parse_announced(data: dict[str, Any]) -> list[Announced]:
    """Return the announced files; InvalidInput or PathInvalid names what is wrong."""
    return [_announced(item) for item in _items(data)]


def parse_brought(data: dict[str, Any]) -> list[Brought]:
    """Return the files of a finished upload; InvalidInput or PathInvalid names what is wrong."""
    return [
        Brought(_announced(item), _content(item), _text(item, "upload_id"), _parts(item))
        for item in _items(data)
    ]


def _items(data: dict[str, Any]) -> list[dict[str, Any]]:
    items = data.get("files")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInput(_("“files” must be a list of objects."), "files")
    if not 0 < len(items) <= MAX_FILES:
        raise InvalidInput(_("Choose from 1 to %d files at a time.") % MAX_FILES, "files")
    return items


def _announced(item: dict[str, Any]) -> Announced:
    path, size, sha256 = item.get("path"), item.get("size"), item.get("sha256")
    if not isinstance(path, str):
        raise InvalidInput(_("A path must be text."), "path")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= settings.MAX_FILE_SIZE:
        raise InvalidInput(_("%s: the size is not one that a file may have.") % path, "size")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise InvalidInput(_("%s: the sha256 must be 64 hexadecimal digits.") % path, "sha256")
    return Announced(clean_path(path), size, sha256)


def _content(item: dict[str, Any]) -> bytes | None:
    content = item.get("content")
    if content is None:
        return None
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError, TypeError) as problem:
        raise InvalidInput(_("The content must be base64."), "content") from problem


def _text(item: dict[str, Any], key: str) -> str:
    value = item.get(key, "")
    if not isinstance(value, str):
        raise InvalidInput(_("“%s” must be text.") % key, key)
    return value


def _parts(item: dict[str, Any]) -> list[tuple[int, str]]:
    parts = item.get("parts", [])
    well_formed = isinstance(parts, list) and all(
        isinstance(part, list) and len(part) == 2 and type(part[0]) is int and isinstance(part[1], str)
        for part in parts
    )
    if not well_formed:
        raise InvalidInput(_("“parts” must be a list of pairs of number and ETag."), "parts")
    return [(number, etag) for number, etag in parts]


def inline_paths(repository: Repository, files: Sequence[Announced]) -> set[str]:
    """Return the paths whose bytes go inside the commit: small, not named large, within INLINE_TOTAL."""
    attributes = find_entry(resolve_revision(repository, None), ".gitattributes")
    rules = large_rules(read_text(attributes) or "") if attributes else []
    check_work(rules, [file.path for file in files])
    chosen, left = set(), INLINE_TOTAL
    for file in files:
        if file.size <= min(left, settings.INLINE_LIMIT) and not named_large(file.path, rules):
            chosen.add(file.path)
            left -= file.size
    return chosen
