"""What the upload page's script sends, read; and which files travel inside the commit."""

import base64
import binascii
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from hub.amounts import size_words
from hub.errors import InvalidInput
from hub.revisions.attributes import check_work, large_rules, named_large
from hub.revisions.operations import AddBlob, AddInline
from hub.revisions.possession import SHA256
from hub.revisions.publishing import folders_of, in_the_way
from hub.revisions.selectors import Revision, find_entry, read_text
from storage.errors import PathInvalid
from storage.git.paths import clean_path

MAX_FILES = 1000
# What one commit may carry itself; in base64 it stays well below DATA_UPLOAD_MAX_MEMORY_SIZE.
INLINE_TOTAL = 8 * 1024 * 1024


@dataclass(frozen=True)
class Chosen:
    """A file as somebody chose it, and what is wrong with that, if anything; size in bytes."""

    path: str
    size: int
    problem: str = ""


@dataclass(frozen=True)
class Announced:
    """A file that goes to the object store; size in bytes, sha256 in hexadecimal."""

    path: str
    size: int
    sha256: str


def parse_body(body: bytes) -> dict[str, Any]:
    """Return the JSON object that a page's script sent; InvalidInput for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError) as problem:
        raise InvalidInput(_("The request is not JSON."), "body") from problem
    if not isinstance(data, dict):
        raise InvalidInput(_("The request is not a JSON object."), "body")
    return data


def parse_chosen(data: dict[str, Any]) -> list[Chosen]:
    """Return the chosen files with what is wrong with each; InvalidInput when the list itself is."""
    files = [_chosen(item) for item in _items(data)]
    paths = [file.path for file in files]
    times = Counter(paths)
    folders = {folder for path in paths for folder in folders_of(path)}
    return [_beside(file, times, folders) for file in files]


def parse_announced(data: dict[str, Any]) -> list[Announced]:
    """Return the announced files; InvalidInput or PathInvalid names what is wrong."""
    return [_announced(item) for item in _items(data)]


def parse_brought(data: dict[str, Any]) -> list[AddInline | AddBlob]:
    """Return what a commit does with the files of an upload; InvalidInput or PathInvalid for a bad one."""
    operations = [_operation(item) for item in _items(data)]
    for path, times in Counter(operation.path for operation in operations).items():
        if times > 1:
            raise InvalidInput(_("%s: another file has the same path.") % path, "path")
    return operations


def parse_text(data: dict[str, Any], key: str, default: str = "") -> str:
    """Return a text of the request, without spaces around it."""
    value = data.get(key, default)
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput(_("“%s” must be text.") % key, key)
    return value.strip()


def parse_numbers(data: dict[str, Any], *, most: int) -> list[int]:
    """Return the part numbers of the request."""
    numbers = data.get("parts")
    if not isinstance(numbers, list) or len(numbers) > most or any(type(one) is not int for one in numbers):
        raise InvalidInput(_("“parts” must be a list of at most %d numbers.") % most, "parts")
    return numbers


def against(revision: Revision, files: Sequence[Chosen]) -> tuple[list[Chosen], set[str]]:
    """Return the files with what the revision has against them, and the paths that they replace."""
    met = in_the_way(revision, {file.path for file in files if not file.problem})
    told = []
    for file in files:
        other = met.blocked.get(file.path)
        if other == file.path:
            words = _("There is a folder of this name on the branch.")
        else:
            words = _("“%s” is a file on the branch, so nothing can be put below it.") % other
        told.append(Chosen(file.path, file.size, words) if other else file)
    return told, met.replaced


def inline_paths(revision: Revision, files: Iterable[Chosen]) -> set[str]:
    """Return the paths whose bytes go inside the commit: small, not named large, within INLINE_TOTAL."""
    good = [file for file in files if not file.problem]
    attributes = find_entry(revision, ".gitattributes")
    rules = large_rules(read_text(attributes) or "") if attributes else []
    check_work(rules, [file.path for file in good])
    chosen, left = set(), INLINE_TOTAL
    for file in good:
        if file.size <= min(left, settings.INLINE_LIMIT) and not named_large(file.path, rules):
            chosen.add(file.path)
            left -= file.size
    return chosen


def _items(data: dict[str, Any]) -> list[dict[str, Any]]:
    items = data.get("files")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise InvalidInput(_("“files” must be a list of objects."), "files")
    if not 0 < len(items) <= MAX_FILES:
        raise InvalidInput(_("Choose from 1 to %d files at a time.") % MAX_FILES, "files")
    return items


def _path(item: dict[str, Any]) -> str:
    path = item.get("path")
    if not isinstance(path, str):
        raise InvalidInput(_("A path must be text."), "path")
    return path


def _chosen(item: dict[str, Any]) -> Chosen:
    path, size = _path(item), item.get("size")
    if type(size) is not int or size < 0:
        raise InvalidInput(_("A size must be a number of bytes."), "size")
    try:
        clean_path(path)
    except PathInvalid as problem:
        return Chosen(path, size, str(problem))
    if size > settings.MAX_FILE_SIZE:
        most = size_words(settings.MAX_FILE_SIZE)
        return Chosen(path, size, _("The file is too large: the hub takes up to %s.") % most)
    return Chosen(path, size)


def _beside(file: Chosen, times: Counter[str], folders: set[str]) -> Chosen:
    problem = file.problem
    if not problem and times[file.path] > 1:
        problem = _("Another chosen file has the same path.")
    elif not problem and file.path in folders:
        problem = _("A chosen folder has the same name.")
    return Chosen(file.path, file.size, problem)


def _announced(item: dict[str, Any]) -> Announced:
    path, size, sha256 = _path(item), item.get("size"), item.get("sha256")
    if type(size) is not int or not 0 <= size <= settings.MAX_FILE_SIZE:
        raise InvalidInput(_("%s: the size is not one that a file may have.") % path, "size")
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise InvalidInput(_("%s: the sha256 must be 64 hexadecimal digits.") % path, "sha256")
    return Announced(clean_path(path), size, sha256)


def _operation(item: dict[str, Any]) -> AddInline | AddBlob:
    content = item.get("content")
    if content is None:
        file = _announced(item)
        return AddBlob(file.path, file.sha256, file.size)
    try:
        return AddInline(clean_path(_path(item)), base64.b64decode(content, validate=True))
    except (binascii.Error, ValueError, TypeError) as problem:
        raise InvalidInput(_("The content must be base64."), "content") from problem
