"""Xorbs on their way in: by a link straight to the store, or through the hub.

The statuses are those that hf_xet 1.8.0 goes on at: to a grant 200 (it is there), 201 (here is a link) and
404; any other ends the upload.
"""

import tempfile
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput
from hub.http.bodies import pieces
from hub.http.huggingface.base import json_object
from hub.http.xet.base import ChunkView
from hub.revisions.chunked import begin_xorb, finish_xorb, keep_xorb
from storage.xet.xorbs import MAX_XORB


class Grant(ChunkView):
    """`POST xorb-grants/{prefix}/{hash}`."""

    def post(self, request: Request, hash: str, **address: Any) -> Response:
        """A link to write the xorb straight to the store, or word that it is there.

        The checksum that comes along is not looked at: every chunk will be hashed, which says more.
        """
        repository = self.open(Action.BRING)
        length = json_object(request).get("length")
        if not isinstance(length, int) or isinstance(length, bool):
            raise InvalidInput("length must be a whole number.", "length")
        ticket = begin_xorb(repo=repository, actor=self.actor, hash=hash, size=length)
        if ticket.present:
            return Response({})
        how = {"method": "PUT", "url": ticket.url, "headers": ticket.headers}
        return Response({"id": ticket.upload_id, **how}, status=201)


class CommitGrant(ChunkView):
    """`POST xorb-commits/{prefix}/{hash}/grant/{id}`."""

    parser_classes = ()

    def post(self, request: Request, hash: str, grant: str, **address: Any) -> Response:
        """Note that the xorb is in the store; it is verified there before it counts."""
        finish_xorb(repo=self.open(Action.BRING), hash=hash, upload_id=grant)
        return Response({"was_inserted": True})


class PlainXorb(ChunkView):
    """`POST xorbs/{prefix}/{hash}`."""

    parser_classes = ()

    def post(self, request: Request, hash: str, **address: Any) -> Response:
        """Verify a xorb that comes through the hub, and keep it.

        It goes through a file without a name, so that nothing is left of it however the request ends.
        """
        repository, user = self.open(Action.BRING), self.user
        with tempfile.TemporaryFile() as file:
            for piece in pieces(request._request, limit=MAX_XORB, what="A xorb"):
                file.write(piece)
            size = file.tell()
            inserted = keep_xorb(repo=repository, actor_user=user, hash=hash, file=file, size=size)
        return Response({"was_inserted": inserted})
