"""Chunks that the hub has already: asked about before they are sent."""

from typing import Any

from django.http import HttpResponse
from rest_framework.request import Request

from hub.access.policy import Action
from hub.access.services import may
from hub.errors import EntryNotFound
from hub.http.xet.base import ChunkView
from hub.revisions.chunked import known_chunks
from storage.xet.shards import build_shard

# Clients remember answers for so long; the storage's address changes before what they name is given up.
KNOWN_SECONDS = 24 * 3600
UNKNOWN = "This chunk is not known here."


class Chunk(ChunkView):
    """`GET v1/chunks/{prefix}/{hash}`."""

    def get(self, request: Request, hash: str, **address: Any) -> HttpResponse:
        """A shard with this chunk and others that follow it in a file which the caller may have."""
        repository = self.open(Action.READ if self.request.auth.shown.writes else Action.PULL)
        if not may(self.actor, repository, Action.PULL):
            # Who contributes to what is behind a gate sends all of it.
            raise EntryNotFound(UNKNOWN)
        writes = may(self.actor, repository, Action.WRITE)
        known = known_chunks(repo=repository, actor=self.actor, hash=hash, unverified=writes)
        if not known:
            raise EntryNotFound(UNKNOWN)
        shard = build_shard([(one.xorb, one.table) for one in known], seconds=KNOWN_SECONDS)
        return HttpResponse(shard, content_type="application/octet-stream")
