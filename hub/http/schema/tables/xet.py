"""The Xet protocol."""

from hub.http.schema.operation import NUMBER, TEXT, Operation, record

TAG = "Chunk storage"
PASS = record(accessToken=TEXT, exp=NUMBER, casUrl=TEXT)

TABLE = {
    "tokens.ReadToken.get": Operation(TAG, "A pass to read", {200: PASS}),
    "tokens.WriteToken.get": Operation(TAG, "A pass to write", {200: PASS}),
}
