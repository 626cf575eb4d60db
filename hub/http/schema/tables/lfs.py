"""Git LFS."""

from hub.http.schema.operation import (
    EMPTY,
    NUMBER,
    TEXT,
    TRUTH,
    Operation,
    mapping,
    one_of,
    record,
    rows,
    takes,
)

TAG = "Git LFS"
LFS = "application/vnd.git-lfs+json"
LINK = record("header", href=TEXT, header=mapping(TEXT))

TABLE = {
    "lfs.Batch.post": Operation(
        TAG,
        "Links for large files",
        {
            200: record(
                transfer=one_of("basic", "multipart"),
                objects=rows(
                    record(
                        "authenticated",
                        "actions",
                        "error",
                        oid={},
                        size={},
                        authenticated=TRUTH,
                        actions=record("verify", upload=LINK, verify=LINK),
                        error=record(code=NUMBER, message=TEXT),
                    )
                ),
            )
        },
        body=takes(
            "operation",
            "objects",
            operation=one_of("upload"),
            transfers=rows(TEXT),
            objects=rows(takes("oid", "size", oid=TEXT, size=NUMBER)),
        ),
        media=LFS,
    ),
    "lfs.Complete.post": Operation(
        TAG,
        "End an upload in parts",
        {200: EMPTY},
        body=takes("parts", oid=TEXT, parts=rows(takes("partNumber", "etag", partNumber=NUMBER, etag=TEXT))),
        media=LFS,
    ),
    "lfs.Verify.post": Operation(
        TAG, "Has it arrived?", {200: EMPTY}, body=takes("oid", "size", oid=TEXT, size=NUMBER), media=LFS
    ),
}
