"""Gated access: who asks, who is let in."""

from hub.http.schema.operation import (
    EMPTY,
    MOMENT,
    NUMBER,
    TEXT,
    Operation,
    Parameter,
    mapping,
    one_of,
    record,
    rows,
    takes,
)

GATES = "Gated access"
STATUS = one_of("pending", "accepted", "rejected")
REQUEST = record(
    "fields",
    requestId=TEXT,
    status=STATUS,
    timestamp=MOMENT,
    user=record("email", user=TEXT, fullname=TEXT, email=TEXT),
    fields=mapping({"type": ["string", "boolean"]}),
)
TABLE = {
    "gates.AccessRequests.get": Operation(
        GATES,
        "Who asks, or was let in",
        {200: rows(REQUEST)},
        query=(Parameter("limit", "How many on a page.", NUMBER),),
        paged=True,
    ),
    "gates.HandleRequest.post": Operation(
        GATES,
        "Decide a request",
        {200: EMPTY},
        body=takes("status", user=TEXT, requestId=TEXT, status=STATUS, rejectionReason=TEXT),
    ),
    "gates.GrantAccess.post": Operation(
        GATES, "Let in who did not ask", {200: REQUEST}, body=takes("user", user=TEXT)
    ),
}
