"""Git LFS: links to write large files straight to S3, and the calls that end such an upload.

Sources: the Git LFS batch API, and the multipart transfer of huggingface_hub/lfs.py, which sends the parts
and the completion without a bearer: the address itself is signed.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import HubError, InvalidInput
from hub.http.huggingface.base import HubView, RepoView, json_object
from hub.http.huggingface.errors import answer_for
from hub.http.links import endpoint, repository_url
from hub.repos.models import Repository
from hub.revisions.uploads import UploadTicket, begin_upload, confirm_upload, finish_upload

MAX_OBJECTS = 1000
SALT = "lfs.complete"


class LfsParser(JSONParser):
    """The media type of Git LFS."""

    media_type = "application/vnd.git-lfs+json"


class LfsRenderer(JSONRenderer):
    """The media type of Git LFS."""

    media_type = "application/vnd.git-lfs+json"
    format = "lfs"


class Batch(RepoView):
    """`POST /{id}.git/info/lfs/objects/batch`."""

    parser_classes = (LfsParser, JSONParser)
    renderer_classes = (LfsRenderer, JSONRenderer)

    def post(self, request: Request, **address: str) -> Response:
        """For each object: no action when the repository has it, links to write, or its own error."""
        repository = self.open(Action.WRITE)
        data = json_object(request)
        if data.get("operation") != "upload":
            raise InvalidInput("operation must be upload.", "operation")
        objects = data.get("objects")
        if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
            raise InvalidInput("objects must be a list of objects.", "objects")
        if len(objects) > MAX_OBJECTS:
            raise InvalidInput(f"Ask for at most {MAX_OBJECTS} objects at once.", "objects")
        multipart = "multipart" in (data.get("transfers") or [])
        answers, used = [], False
        for item in objects:
            answer, many = self._answer(repository, item, multipart)
            answers.append(answer)
            used = used or many
        return Response({"transfer": "multipart" if used else "basic", "objects": answers})

    def _answer(
        self, repository: Repository, item: dict[str, Any], multipart: bool
    ) -> tuple[dict[str, Any], bool]:
        """An object's answer, and whether it comes in parts; a bad object does not fail the others."""
        shape = {"oid": item.get("oid"), "size": item.get("size")}
        try:
            ticket = begin_upload(
                repo=repository,
                actor_user=self.user,
                sha256=item.get("oid"),
                size=item.get("size"),
                multipart=multipart,
            )
        except HubError as problem:
            answer = answer_for(problem)
            return shape | {"error": {"code": answer.status, "message": str(problem)}}, False
        if ticket.present:
            return shape, False
        return shape | {"authenticated": True, "actions": self._actions(repository, ticket)}, ticket.multipart

    def _actions(self, repository: Repository, ticket: UploadTicket) -> dict[str, Any]:
        verify = {"href": f"{repository_url(self.request, repository)}.git/info/lfs/objects/verify"}
        if not ticket.multipart:
            return {"upload": {"href": ticket.part_urls[0]}, "verify": verify}
        signed = signing.dumps(ticket.upload_id, salt=SALT)
        href = endpoint(self.request) + reverse("lfs-complete", kwargs={"signed": signed})
        header = {"chunk_size": str(ticket.part_size)}
        header |= {str(number): url for number, url in enumerate(ticket.part_urls, start=1)}
        return {"upload": {"href": href, "header": header}, "verify": verify}


class Complete(HubView):
    """`POST` to the address of a multipart upload; the address is the credential."""

    authentication_classes = ()
    parser_classes = (LfsParser, JSONParser)

    def post(self, request: Request, signed: str) -> Response:
        """Put the parts together; 400 when one is missing."""
        try:
            upload_id = signing.loads(signed, salt=SALT, max_age=settings.UPLOAD_LINK_SECONDS)
        except signing.BadSignature:
            raise InvalidInput("This address is not valid, or not any more.", "signed") from None
        finish_upload(upload_id=upload_id, parts=parts_of(json_object(request).get("parts")))
        return Response({})


class Verify(RepoView):
    """`POST /{id}.git/info/lfs/objects/verify`."""

    parser_classes = (LfsParser, JSONParser)
    renderer_classes = (LfsRenderer, JSONRenderer)

    def post(self, request: Request, **address: str) -> Response:
        """Whether the object has arrived in its size."""
        repository = self.open(Action.WRITE)
        data = json_object(request)
        sha256, size = data.get("oid"), data.get("size")
        if not isinstance(sha256, str) or not isinstance(size, int):
            raise InvalidInput("The body names oid and size.", "oid")
        confirm_upload(repo=repository, sha256=sha256, size=size)
        return Response({})


def parts_of(value: Any) -> list[tuple[int, str]]:
    """The parts of a completion: (number, ETag)."""
    try:
        parts = [(part["partNumber"], part["etag"]) for part in value]
    except (TypeError, KeyError):
        raise InvalidInput("parts must be a list of partNumber and etag.", "parts") from None
    if not all(isinstance(number, int) and isinstance(etag, str) for number, etag in parts):
        raise InvalidInput("parts must be a list of partNumber and etag.", "parts")
    return parts
