"""What a revision holds: trees, files, history, branches and tags."""

from hub.http.schema.operation import (
    EMPTY,
    NUMBER,
    OBJECT,
    TEXT,
    TRUTH,
    Operation,
    Parameter,
    mapping,
    one_of,
    record,
    ref,
    rows,
    takes,
)

FILES, HISTORY = "Files", "History"

TABLE = {
    "trees.Tree.get": Operation(
        FILES,
        "A folder",
        {200: rows(ref("TreeEntry"))},
        query=(
            Parameter("recursive", "true: everything below it."),
            Parameter("expand", "true: with the last commit and what the scanners found."),
            Parameter("limit", "How many on a page.", NUMBER),
        ),
        paged=True,
    ),
    "trees.PathsInfo.post": Operation(
        FILES,
        "Some paths",
        {200: rows(ref("TreeEntry"))},
        body=takes("paths", paths=rows(TEXT), expand=TEXT),
        media="application/x-www-form-urlencoded",
    ),
    "resolve.Resolve.get": Operation(
        FILES,
        "A file",
        {
            200: "application/octet-stream",
            206: "application/octet-stream",
            302: None,
            304: None,
            416: None,
        },
    ),
    "trees.Commits.get": Operation(
        HISTORY,
        "The history",
        {200: rows(ref("Commit"))},
        query=(
            Parameter("expand[]", "formatted: with title and message once more.", TEXT, repeated=True),
            Parameter("limit", "How many on a page.", NUMBER),
        ),
        paged=True,
    ),
    "trees.Refs.get": Operation(
        HISTORY,
        "Branches and tags",
        {200: ref("Refs")},
        query=(Parameter("include_prs", "1: with pull requests."),),
    ),
    "trees.Branch.post": Operation(HISTORY, "Create a branch", {200: EMPTY}, body=takes(startingPoint=TEXT)),
    "trees.Branch.delete": Operation(HISTORY, "Delete a branch", {200: EMPTY}),
    "trees.Tag.post": Operation(
        HISTORY, "Create a tag", {200: EMPTY}, body=takes("tag", tag=TEXT, message=TEXT)
    ),
    "trees.Tag.delete": Operation(HISTORY, "Delete a tag", {200: EMPTY}),
    "headers.SafetensorsMetadata.get": Operation(
        FILES,
        "Headers of sharded weights",
        {200: record(index=record(metadata=OBJECT), headers=mapping(OBJECT))},
    ),
    "rewriting.SuperSquash.post": Operation(
        HISTORY, "Squash a branch's history", {200: record(commitOid=TEXT)}, body=takes(message=TEXT)
    ),
    "rewriting.LargeFiles.get": Operation(
        FILES,
        "Large files of all commits",
        {200: rows(ref("LargeFile"))},
        query=(Parameter("limit", "How many on a page.", NUMBER),),
        paged=True,
    ),
    "rewriting.DeleteLargeFiles.post": Operation(
        FILES,
        "Delete large files for good",
        {200: record(deleted=NUMBER)},
        body=takes("deletions", deletions=takes("sha", sha=rows(TEXT), rewriteHistory=TRUTH)),
    ),
    "copies.ShareObjects.post": Operation(
        FILES,
        "Copy large files into another repository",
        {200: record(failed=rows(record(sha256=TEXT, error=TEXT)))},
        body=takes(
            "target",
            "files",
            target=takes("name", name=TEXT, type=one_of("model", "dataset")),
            files=rows(takes("sha256", sha256=TEXT)),
        ),
    ),
}
