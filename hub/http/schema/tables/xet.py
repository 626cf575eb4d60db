"""The Xet protocol."""

from hub.http.schema.operation import NUMBER, TEXT, TRUTH, Operation, mapping, one_of, record, rows, takes

TAG = "Chunk storage"
BYTES = "application/octet-stream"
PASS = record(accessToken=TEXT, exp=NUMBER, casUrl=TEXT)
INSERTED = record(was_inserted=TRUTH)
RANGE = record(start=NUMBER, end=NUMBER)
TERMS = rows(record(hash=TEXT, unpacked_length=NUMBER, range=RANGE))
LINKS = rows(record(url=TEXT, ranges=rows(record(chunks=RANGE, bytes=RANGE))))
OLDER_LINKS = rows(record(range=RANGE, url=TEXT, url_range=RANGE))

TABLE = {
    "tokens.ReadToken.get": Operation(TAG, "A pass to read", {200: PASS}),
    "tokens.WriteToken.get": Operation(TAG, "A pass to write", {200: PASS}),
    "chunks.Chunk.get": Operation(TAG, "Is this chunk known?", {200: BYTES}),
    "uploads.Grant.post": Operation(
        TAG,
        "A link for a xorb",
        {200: record(), 201: record(id=TEXT, method=one_of("PUT"), url=TEXT, headers=mapping(TEXT))},
        body=takes("length", length=NUMBER, checksum=record(algo=TEXT, value=TEXT)),
    ),
    "uploads.CommitGrant.post": Operation(TAG, "A xorb has arrived", {200: INSERTED}),
    "uploads.PlainXorb.post": Operation(TAG, "A xorb", {200: INSERTED}, body={}, media=BYTES),
    "shards.Shard.post": Operation(
        TAG, "Register files", {200: "application/x-ndjson"}, body={}, media=BYTES
    ),
    "shards.ShardV1.post": Operation(
        TAG, "Register files, in one answer", {200: record(result=NUMBER)}, body={}, media=BYTES
    ),
    "reconstructions.Reconstruction.get": Operation(
        TAG,
        "How a file is put together",
        {200: record(offset_into_first_range=NUMBER, terms=TERMS, xorbs=mapping(LINKS))},
    ),
    "reconstructions.ReconstructionV1.get": Operation(
        TAG,
        "How a file is put together, in the older form",
        {200: record(offset_into_first_range=NUMBER, terms=TERMS, fetch_info=mapping(OLDER_LINKS))},
    ),
}
