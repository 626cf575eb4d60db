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
from hub.errors import HubError, InvalidInput
from hub.http.huggingface.base import HubView, RepoView, json_object
from hub.http.huggingface.errors import answer_for
from hub.http.links import endpoint, repository_url
from hub.http.parsers import JsonParser
from hub.repos.models import Repository
from hub.revisions.possession import SHA256
from hub.revisions.room import Room
from hub.revisions.uploads import UploadTicket, begin_upload, confirm_upload, finish_upload
from storage.parts import least_part
from storage.verification import GRACE

MAX_OBJECTS = 256
# About as many links as one answer has: of many large objects the parts are larger.
MAX_LINKS = 25_000
SALT = "lfs.complete"


class LfsParser(JsonParser):
    """The media type of Git LFS."""

    media_type = "application/vnd.git-lfs+json"


class LfsRenderer(JSONRenderer):
    """The media type of Git LFS."""

    media_type = "application/vnd.git-lfs+json"
    format = "lfs"


class LfsView(RepoView):
    """What the calls of Git LFS to a repository share."""

    parser_classes = (LfsParser, JsonParser)
    renderer_classes = (LfsRenderer, JSONRenderer)

    def handle_exception(self, error: Exception) -> Response:
        """An error with its words also under the name by which git-lfs shows them."""
        response = super().handle_exception(error)
        if isinstance(response.data, dict):
            response.data["message"] = response.data.get("error", "")
        return response


class Batch(LfsView):
    """`POST /{id}.git/info/lfs/objects/batch`."""

    def post(self, request: Request, **address: str) -> Response:
        """For each object: no action when the repository has it, links to write, or its own error."""
        repository = self.open(Action.BRING)
        data = json_object(request)
        if data.get("operation") != "upload":
            raise InvalidInput("operation must be upload.", "operation")
        objects = data.get("objects")
        if not isinstance(objects, list) or not all(isinstance(item, dict) for item in objects):
            raise InvalidInput("objects must be a list of objects.", "objects")
        if len(objects) > MAX_OBJECTS:
            raise InvalidInput(f"Ask for at most {MAX_OBJECTS} objects at once.", "objects")
        check_kind(data)
        multipart = "multipart" in transfers_of(data)
        least = least_part((size for item in objects if is_size(size := item.get("size"))), links=MAX_LINKS)
        # An object that is named twice is begun once.
        asked = {repr(item): item for item in objects}
        oids = {oid for item in objects if isinstance(oid := item.get("oid"), str)}
        room = Room(repository, self.user, oids)
        found = {key: self._answer(repository, item, multipart, least, room) for key, item in asked.items()}
        answers = [found[repr(item)][0] for item in objects]
        used = any(in_parts for _, in_parts in found.values())
        return Response({"transfer": "multipart" if used else "basic", "objects": answers})

    def _answer(
        self, repository: Repository, item: dict[str, Any], multipart: bool, least: int, room: Room
    ) -> tuple[dict[str, Any], bool]:
        """An object's answer, and whether it goes in parts; a bad object does not fail the others."""
        shape = {"oid": item.get("oid"), "size": item.get("size")}
        try:
            ticket = begin_upload(
                repo=repository,
                actor_user=self.user,
                sha256=item.get("oid"),
                size=item.get("size"),
                multipart=multipart,
                least_part=least,
                room=room,
            )
        except HubError as problem:
            answer = answer_for(problem)
            return shape | {"error": {"code": answer.status, "message": str(problem)}}, False
        if ticket.present:
            return shape, False
        return shape | {"authenticated": True, "actions": self._actions(repository, ticket)}, ticket.multipart

    def _actions(self, repository: Repository, ticket: UploadTicket) -> dict[str, Any]:
        verify: dict[str, Any] = {
            "href": f"{repository_url(self.request, repository)}.git/info/lfs/objects/verify"
        }
        # The links need no credentials and must get none, so git-lfs adds them nowhere but where it is told.
        if sent := self.request.headers.get("Authorization"):
            verify["header"] = {"Authorization": sent}
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
            upload_id = signing.loads(signed, salt=SALT, max_age=settings.UPLOAD_LINK_SECONDS + GRACE)
        except signing.BadSignature:
            raise InvalidInput("This address is not valid, or not any more.", "signed") from None
        finish_upload(upload_id=upload_id, parts=parts_of(json_object(request).get("parts")))
        return Response({})


class Verify(LfsView):
    """`POST /{id}.git/info/lfs/objects/verify`."""

    def post(self, request: Request, **address: str) -> Response:
        """Whether the object has arrived in its size."""
        repository = self.open(Action.BRING)
        data = json_object(request)
        sha256, size = data.get("oid"), data.get("size")
        if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
            raise InvalidInput("The oid must be a sha256 in lower-case hexadecimal.", "oid")
        if not is_size(size):
            raise InvalidInput(f"The size must be a number from 0 to {settings.MAX_FILE_SIZE}.", "size")
        confirm_upload(repo=repository, sha256=sha256, size=size, user=self.user)
        return Response({})


def transfers_of(data: dict[str, Any]) -> list[Any]:
    """The ways of transfer that a client knows."""
    transfers = data.get("transfers") or []
    if not isinstance(transfers, list):
        raise InvalidInput("transfers must be a list of texts.", "transfers")
    return transfers


def check_kind(data: dict[str, Any]) -> None:
    """Refuse other hashes than sha256, and a ref that is none; which branch it names does not matter."""
    if data.get("hash_algo", "sha256") != "sha256":
        raise InvalidInput("hash_algo must be sha256.", "hash_algo")
    ref = data.get("ref")
    if ref is not None and not (isinstance(ref, dict) and isinstance(ref.get("name"), str)):
        raise InvalidInput("ref must be an object with a name.", "ref")


def is_size(value: Any) -> bool:
    """Whether an object's size is one that an upload may have."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= settings.MAX_FILE_SIZE


def parts_of(value: Any) -> list[tuple[int, str]]:
    """The parts of a completion: (number, ETag)."""
    try:
        parts = [(part["partNumber"], part["etag"]) for part in value]
    except (TypeError, KeyError):
        raise InvalidInput("parts must be a list of partNumber and etag.", "parts") from None
    if not all(isinstance(number, int) and isinstance(etag, str) for number, etag in parts):
        raise InvalidInput("parts must be a list of partNumber and etag.", "parts")
    return parts
