"""What people show in their comments: uploaded before they are written, and served to those who read them."""

import re
import tempfile
import uuid

from django.http import HttpResponse
from rest_framework.request import Request

from contributions.attachments.errors import AttachmentNotFound
from contributions.attachments.rules import MOST_OF_A_FILM
from contributions.attachments.selectors import content_of, find_attachment
from contributions.attachments.services import check_pace, upload
from hub.access.services import contributing_user
from hub.http.bodies import pieces
from hub.http.content import Answer, media_response
from hub.http.huggingface.base import HubView
from hub.http.links import endpoint

FILE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([0-9a-z]{3,4})")


class Uploads(HubView):
    """`POST /uploads`."""

    parser_classes = ()

    def post(self, request: Request) -> HttpResponse:
        """Keep a picture, film or sound; the answer is its address, to be written in a comment.

        What it is is told by its bytes, and the type that is claimed for it is not looked at.
        """
        user = contributing_user(self.actor)
        # Before anything is received.
        check_pace(user)
        with tempfile.TemporaryFile() as file:
            for piece in pieces(request._request, limit=MOST_OF_A_FILM, what="An attachment"):
                file.write(piece)
            kept = upload(user=user, file=file, size=file.tell())
        return HttpResponse(endpoint(request._request) + kept.url_path, content_type="text/plain")


class Upload(HubView):
    """`GET /uploads/{file}`."""

    def get(self, request: Request, file: str) -> Answer:
        """The bytes, as what they are; in a page of their own nothing of them can run."""
        named = FILE.fullmatch(file)
        found = find_attachment(self.actor, uuid.UUID(named[1])) if named else None
        if named is None or found is None or named[2] != found.format:
            raise AttachmentNotFound("There is no such attachment.")
        response = media_response(
            request._request,
            lambda first, last: content_of(found, first, last),
            size=found.size,
            sha256=found.sha256,
            content_type=found.content_type,
        )
        # The bytes never change, but who may see them does: a browser asks each time.
        response["Cache-Control"] = "private, no-cache"
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    head = get
