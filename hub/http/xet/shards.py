"""Shards: files in terms of chunks, registered before a commit names them."""

import json
from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import NotYetVerified
from hub.http.bodies import pieces
from hub.http.xet.base import ChunkView
from hub.revisions.chunked import register_shard
from storage.xet.shards import MAX_SHARD

# What hf_xet reads as: registered now. (0 would be: it was there before.)
REGISTERED = 1


class ShardView(ChunkView):
    """What both versions share."""

    parser_classes = ()

    def register(self) -> None:
        """Register the files of the shard that is the body."""
        repository, user = self.open(Action.BRING), self.user
        data = b"".join(pieces(self.request._request, limit=MAX_SHARD, what="A shard"))
        register_shard(repo=repository, actor_user=user, data=data)


class Shard(ShardView):
    """`POST v2/shards`."""

    def post(self, request: Request, **address: Any) -> HttpResponse:
        """How it went, as the last line; at an error that can pass the client asks again."""
        try:
            self.register()
            event: dict[str, Any] = {"type": "result", "result": REGISTERED}
        except NotYetVerified as problem:
            event = {"type": "error", "message": str(problem), "retryable": True}
        return HttpResponse(json.dumps(event) + "\n", content_type="application/x-ndjson")


class ShardV1(ShardView):
    """`POST v1/shards`."""

    def post(self, request: Request, **address: Any) -> Response:
        """The same in one answer; what can pass is 503 with the time to wait."""
        self.register()
        return Response({"result": REGISTERED})
