"""Publish: what goes where (`preupload`), and the commit itself."""

import base64
import binascii
from collections.abc import Iterator
from typing import Any, BinaryIO

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, json_object, text_field
from hub.http.links import endpoint
from hub.http.parsers import NotJson, read_json
from hub.revisions.attributes import Ignored, Rules, check_work, ignore_rules, is_large, large_rules
from hub.revisions.operations import AddBlob, AddInline, DeleteFile, DeleteFolder, Operation
from hub.revisions.selectors import Entry, Revision, find_entries, read_text, resolve_revision
from hub.revisions.services import land_commit
from storage.errors import PathInvalid
from storage.git.paths import clean_path

MAX_FILES = 1000
MAX_OPERATIONS = 25_000
# A line holds one small file in base64, with its path and JSON around it.
LINE_LIMIT = settings.INLINE_LIMIT * 4 // 3 + 64 * 1024


class Preupload(RepoView):
    """`POST /api/{kind}s/{id}/preupload/{revision}`."""

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """For each file: whether it goes to LFS, is to be ignored, and what is there already."""
        found = resolve_revision(self.open(Action.WRITE), revision)
        data = json_object(request)
        files = data.get("files")
        if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
            raise InvalidInput("files must be a list of objects.", "files")
        if len(files) > MAX_FILES:
            raise InvalidInput(f"Ask about at most {MAX_FILES} files at once.", "files")
        paths = [checked_path(file) for file in files]
        present = find_entries(found, [*paths, ".gitattributes", ".gitignore"])
        rules = large_rules(_text(present.get(".gitattributes")))
        ignored = text_field(data, "gitIgnore", default="") or _text(present.get(".gitignore"))
        ignoring = ignore_rules(ignored)
        check_work(rules + ignoring, paths)
        ignore = Ignored(ignoring)
        return Response(
            {
                "files": [
                    advice(file, path, present.get(path), rules, ignore)
                    for file, path in zip(files, paths, strict=True)
                ],
                "commitOid": found.commit,
            }
        )


class Commit(RepoView):
    """`POST /api/{kind}s/{id}/commit/{revision}`: one JSON object a line, read as it arrives."""

    parser_classes = ()

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """Land one commit and say where it is."""
        repository = self.open(Action.WRITE)
        ref, base = target(resolve_revision(repository, revision))
        header, operations = read_commit(request._request)
        oid = land_commit(
            repo=repository,
            actor_user=self.user,
            ref=ref,
            operations=operations,
            summary=text_field(header, "summary", default=""),
            description=text_field(header, "description", default=""),
            parent=text_field(header, "parentCommit", default="") or None,
            base=base,
        )
        return Response(shapes.commit_landed(endpoint(request), repository, oid))


def target(revision: Revision) -> tuple[str, str]:
    """The ref to move and the head it was read at; a tag or a commit id cannot be committed to."""
    ref = revision.ref
    if ref is None or not ref.startswith(("refs/heads/", "refs/pr/")):
        raise InvalidInput("A commit goes to a branch, not to a tag or another commit.", "revision")
    return ref, revision.commit


def advice(
    file: dict[str, Any], path: str, present: Entry | None, rules: Rules, ignore: Ignored
) -> dict[str, Any]:
    """What to do with one file."""
    size = file.get("size")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise InvalidInput(f"{path}: size must be a whole number.", "size")
    large = is_large(
        path,
        size=size,
        sample=decoded(file.get("sample", ""), path),
        rules=rules,
        limit=settings.REGULAR_LIMIT,
    )
    shape = {
        "path": file["path"],
        "uploadMode": "lfs" if large else "regular",
        "shouldIgnore": path in ignore,
    }
    # Bytes that were refused are as good as not there: sent once more, they mend the file.
    if present is not None and present.type == "file" and present.availability != "refused":
        shape["oid"] = present.sha256 if present.pointer else present.oid
    return shape


def checked_path(value: dict[str, Any]) -> str:
    """The path of a file in a body, if a repository may hold it."""
    try:
        return clean_path(value.get("path"))
    except PathInvalid as problem:
        raise InvalidInput(str(problem), "path") from problem


def read_commit(body: BinaryIO) -> tuple[dict[str, Any], list[Operation]]:
    """The header and the operations of a commit's body; InvalidInput names the line that is wrong."""
    header: dict[str, Any] | None = None
    operations: list[Operation] = []
    for number, line in enumerate(read_lines(body), start=1):
        key, value = parsed(line, number)
        if key == "header":
            header = value
        elif len(operations) == MAX_OPERATIONS:
            raise InvalidInput(f"A commit has at most {MAX_OPERATIONS} operations.", "operations")
        else:
            operations.append(operation(key, value, number))
    if header is None:
        raise InvalidInput("The commit has no header line.", "header")
    return header, operations


def read_lines(body: BinaryIO) -> Iterator[bytes]:
    """The lines of a body, refusing one that holds more than a small file and a body beyond the limit."""
    total = 0
    while line := body.readline(LINE_LIMIT + 1):
        total += len(line)
        if len(line) > LINE_LIMIT:
            raise InvalidInput(
                f"A file inside a commit has at most {settings.INLINE_LIMIT} bytes; "
                "larger ones are uploaded through LFS.",
                "content",
            )
        if total > settings.MAX_COMMIT_BODY:
            raise InvalidInput(f"A commit has at most {settings.MAX_COMMIT_BODY} bytes.", "body")
        if line.strip():
            yield line


def parsed(line: bytes, number: int) -> tuple[str, dict[str, Any]]:
    """The key and the value of a line."""
    try:
        item = read_json(line)
    except NotJson as problem:
        raise InvalidInput(f"Line {number} is not JSON: {problem}", problem.field) from None
    if not isinstance(item, dict) or not isinstance(item.get("value"), dict):
        raise InvalidInput(f"Line {number} must be an object with key and value.", "body")
    return str(item.get("key")), item["value"]


def operation(key: str, value: dict[str, Any], number: int) -> Operation:
    """One operation of a commit."""
    path = text_field(value, "path")
    match key:
        case "file":
            if value.get("encoding", "utf-8") not in ("base64", "utf-8"):
                raise InvalidInput(f"{path}: encoding must be base64 or utf-8.", "encoding")
            content = text_field(value, "content")
            plain = value.get("encoding") != "base64"
            return AddInline(path, content.encode() if plain else decoded(content, path))
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


def decoded(text: Any, path: str) -> bytes:
    """Base64 as bytes."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise InvalidInput(f"{path}: the content is not base64.", "content") from None


def _text(entry: Entry | None) -> str:
    return (read_text(entry) or "") if entry is not None and entry.type == "file" else ""
