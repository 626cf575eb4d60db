"""What goes where, asked before an upload (`preupload`)."""

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.response import Response

from hub.errors import InvalidInput, PathLeaves
from hub.http.huggingface.base import RepoView, json_object, text_field
from hub.http.huggingface.commit_body import decoded
from hub.http.huggingface.commits import writing
from hub.revisions.attributes import Ignored, Rules, check_work, ignore_rules, is_large, large_rules
from hub.revisions.room import check_sizes
from hub.revisions.selectors import Entry, find_entries, read_text, resolve_revision
from storage.errors import PathInvalid
from storage.git.paths import clean_path

MAX_FILES = 1000


class Preupload(RepoView):
    """`POST /api/{kind}s/{id}/preupload/{revision}`."""

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """For each file: whether it goes to LFS, is to be ignored, and what is there already."""
        repository = self.open(writing(request, revision))
        found = resolve_revision(repository, revision)
        data = json_object(request)
        files = data.get("files")
        if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
            raise InvalidInput("files must be a list of objects.", "files")
        if len(files) > MAX_FILES:
            raise InvalidInput(f"Ask about at most {MAX_FILES} files at once.", "files")
        paths = [checked_path(file) for file in files]
        present = find_entries(found, [*paths, ".gitattributes", ".gitignore"])
        rules = large_rules(_text(present.get(".gitattributes")))
        stored = _text(present.get(".gitignore"))
        # An empty one that was sent ignores nothing; only where none was sent the stored one counts.
        ignoring = ignore_rules(text_field(data, "gitIgnore", default=stored))
        check_work(rules + ignoring, paths)
        ignore = Ignored(ignoring)
        told = [
            advice(file, path, present.get(path), rules, ignore)
            for file, path in zip(files, paths, strict=True)
        ]
        brought = zip(files, told, strict=True)
        sizes = [file["size"] for file, advised in brought if not advised["shouldIgnore"]]
        check_sizes(repository, self.user, sizes)
        return Response({"files": told, "commitOid": found.commit})


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
        sample=decoded(file.get("sample", ""), path, "sample"),
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
    path = value.get("path")
    try:
        return clean_path(path)
    except PathInvalid as problem:
        refusal = PathLeaves if isinstance(path, str) and "..\\" in path else InvalidInput
        raise refusal(str(problem), "path") from problem


def _text(entry: Entry | None) -> str:
    return (read_text(entry) or "") if entry is not None and entry.type == "file" else ""
