"""Git LFS: links to write large files straight to S3, and the calls that end such an upload.

Sources: the Git LFS batch API, and the multipart transfer of huggingface_hub/lfs.py, which sends the parts
and the completion without a bearer: the address itself is signed.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import HubError, InvalidInput, TooMuch
from hub.http.huggingface.base import HubView, RepoView, json_object
from hub.http.huggingface.errors import answer_for
from hub.http.links import endpoint, repository_url
from hub.http.parsers import JsonParser
from hub.repos.models import Repository
from hub.revisions.possession import SHA256
from hub.revisions.uploads import UploadTicket, begin_upload, confirm_upload, finish_upload
from storage.parts import link_count

MAX_OBJECTS = 256
# Each link is signed by itself, in about a quarter of a millisecond.
MAX_LINKS = 25_000
SALT = "lfs.complete"


class LfsParser(JsonParser):
    """The media type of Git LFS."""

    media_type = "application/vnd.git-lfs+json"


class LfsRenderer(JSONRenderer):
    """The media type of Git LFS."""

    media_type = "application/vnd.git-lfs+json"
    format = "lfs"


class Batch(RepoView):
    """`POST /{id}.git/info/lfs/objects/batch`."""

    parser_classes = (LfsParser, JsonParser)
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
        multipart = "multipart" in transfers_of(data)
        answers, used, links = [], False, MAX_LINKS
        for item in objects:
            answer, ticket = self._answer(repository, item, multipart, links)
            answers.append(answer)
            if ticket is not None:
                used = used or ticket.multipart
                links -= len(ticket.part_urls)
        return Response({"transfer": "multipart" if used else "basic", "objects": answers})

    def _answer(
        self, repository: Repository, item: dict[str, Any], multipart: bool, links: int
    ) -> tuple[dict[str, Any], UploadTicket | None]:
        """An object's answer, and what was begun for it; a bad object does not fail the others."""
        shape = {"oid": item.get("oid"), "size": item.get("size")}
        try:
            check_links(item.get("size"), multipart, links)
            ticket = begin_upload(
                repo=repository,
                actor_user=self.user,
                sha256=item.get("oid"),
                size=item.get("size"),
                multipart=multipart,
            )
        except HubError as problem:
            answer = answer_for(problem)
            return shape | {"error": {"code": answer.status, "message": str(problem)}}, None
        if ticket.present:
            return shape, None
        return shape | {"authenticated": True, "actions": self._actions(repository, ticket)}, ticket

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
    parser_classes = (LfsParser, JsonParser)

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

    parser_classes = (LfsParser, JsonParser)
    renderer_classes = (LfsRenderer, JSONRenderer)

    def post(self, request: Request, **address: str) -> Response:
        """Whether the object has arrived in its size."""
        repository = self.open(Action.WRITE)
        data = json_object(request)
        sha256, size = data.get("oid"), data.get("size")
        if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
            raise InvalidInput("The oid must be a sha256 in lower-case hexadecimal.", "oid")
        if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= settings.MAX_FILE_SIZE:
            raise InvalidInput(f"The size must be a number from 0 to {settings.MAX_FILE_SIZE}.", "size")
        confirm_upload(repo=repository, sha256=sha256, size=size)
        return Response({})


def transfers_of(data: dict[str, Any]) -> list[Any]:
    """The ways of transfer that a client knows."""
    transfers = data.get("transfers") or []
    if not isinstance(transfers, list):
        raise InvalidInput("transfers must be a list of texts.", "transfers")
    return transfers


def check_links(size: Any, multipart: bool, left: int) -> None:
    """Refuse an object that needs more links than are left; a size that is none is refused elsewhere."""
    if isinstance(size, int) and link_count(size, multipart=multipart) > left:
        raise TooMuch(
            f"One batch gets at most {MAX_LINKS} links; ask for this object in another one.", "size"
        )


def parts_of(value: Any) -> list[tuple[int, str]]:
    """The parts of a completion: (number, ETag)."""
    try:
        parts = [(part["partNumber"], part["etag"]) for part in value]
    except (TypeError, KeyError):
        raise InvalidInput("parts must be a list of partNumber and etag.", "parts") from None
    if not all(isinstance(number, int) and isinstance(etag, str) for number, etag in parts):
        raise InvalidInput("parts must be a list of partNumber and etag.", "parts")
    return parts
