"""Publishing."""

from hub.http.schema.operation import NUMBER, TEXT, TRUTH, Operation, maybe, one_of, record, ref, rows, takes

TAG = "Publishing"

TABLE = {
    "preupload.Preupload.post": Operation(
        TAG,
        "How files are to be uploaded",
        {
            200: record(
                files=rows(
                    record(
                        "oid",
                        path=TEXT,
                        uploadMode=one_of("lfs", "regular"),
                        shouldIgnore=TRUTH,
                        oid=maybe(TEXT),
                    )
                ),
                commitOid=TEXT,
            )
        },
        body=takes(
            "files",
            files=rows(takes("path", "size", path=TEXT, sample=TEXT, size=NUMBER)),
            gitIgnore=maybe(TEXT),
        ),
    ),
    "commits.Commit.post": Operation(
        TAG,
        "Commit",
        {200: ref("CommitLanded")},
        body={
            "type": "string",
            "description": (
                "One JSON object a line: first "
                '{"key":"header","value":{"summary":…,"description":…,"parentCommit"?:…}}, then any of '
                '{"key":"file","value":{"path":…,"content":…,"encoding":"base64"}}, '
                '{"key":"lfsFile","value":{"path":…,"algo":"sha256","oid":…,"size":…}}, '
                '{"key":"deletedFile","value":{"path":…}} and {"key":"deletedFolder","value":{"path":…}}.'
            ),
        },
        media="application/x-ndjson",
    ),
}
