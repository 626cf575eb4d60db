"""Domain error → status, X-Error-Code and words, as huggingface_hub 2.4.0 tells them apart.

Source: `hf_raise_for_status` in huggingface_hub/utils/_http.py.
"""

import logging
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from botocore.exceptions import ConnectionError as NoConnection
from botocore.exceptions import HTTPClientError
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.http import Http404
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import AccountError
from contributions.attachments.errors import AttachmentNotFound, TooManyAttachments
from contributions.discussions.errors import AlreadySo, ThreadNotFound, TooOften
from contributions.pulls.errors import MergeBlocked, NoPullRequest
from hub import errors
from hub.compute.errors import HeaderInvalid
from hub.gates.errors import AccessRequestNotFound
from hub.http.links import endpoint, moved_path
from hub.revisions.merging import Conflicting
from hub.webhooks.errors import WebhookNotFound
from storage.errors import StorageError, UploadUnknown
from storage.xet.xorbs import XorbInvalid


@dataclass(frozen=True, slots=True)
class Answer:
    """How an error is told."""

    status: int
    code: str = ""


TABLE: dict[type[Exception], Answer] = {
    errors.RepoNotFound: Answer(404, "RepoNotFound"),
    errors.GatedRepo: Answer(403, "GatedRepo"),
    errors.RevisionNotFound: Answer(404, "RevisionNotFound"),
    errors.EntryNotFound: Answer(404, "EntryNotFound"),
    errors.NamespaceNotFound: Answer(404),
    errors.CollectionNotFound: Answer(404),
    AccessRequestNotFound: Answer(404),
    WebhookNotFound: Answer(404),
    errors.CollectionExists: Answer(409),
    errors.AuthenticationRequired: Answer(401),
    errors.Forbidden: Answer(403),
    errors.RepositoryExists: Answer(409),
    errors.StaleRef: Answer(412),
    errors.RefExists: Answer(409),
    errors.RefReleased: Answer(409),
    errors.InvalidInput: Answer(400),
    errors.TooMuch: Answer(413),
    errors.PathLeaves: Answer(422),
    errors.BlobQuarantined: Answer(403, "BlobQuarantined"),
    errors.BlobWithheld: Answer(403, "BlobWithheld"),
    errors.RevisionWithheld: Answer(403, "RevisionWithheld"),
    errors.BlobBeingChecked: Answer(503, "BlobBeingChecked"),
    errors.BlobBeingScanned: Answer(503, "BlobBeingScanned"),
    errors.NotYetVerified: Answer(503, "NotYetVerified"),
    errors.StreamsBusy: Answer(503, "StreamsBusy"),
    errors.StoreAway: Answer(503, "StoreAway"),
    errors.ContentDamaged: Answer(500, "ContentDamaged"),
    ThreadNotFound: Answer(404),
    AlreadySo: Answer(409),
    TooOften: Answer(429),
    AttachmentNotFound: Answer(404),
    TooManyAttachments: Answer(429),
    NoPullRequest: Answer(400),
    MergeBlocked: Answer(409, "MergeBlocked"),
    Conflicting: Answer(409, "Conflict"),
    errors.RangeOutside: Answer(416),
    errors.BlobRefused: Answer(422, "BlobRefused"),
    HeaderInvalid: Answer(422, "HeaderInvalid"),
    errors.BlobMissing: Answer(422, "BlobMissing"),
    RequestDataTooBig: Answer(413),
    TooManyFieldsSent: Answer(413),
    UploadUnknown: Answer(404),
    StorageError: Answer(400),
    AccountError: Answer(400),
}
# The client knows a withheld repository by these words alone (DisabledRepoError).
DISABLED = "Access to this resource is disabled."
# A missing repository and an invisible one are told in the same words, which help with either.
SAY_WHO = (
    "{}. If it is private, you see it only when you are logged in: run 'hf auth login', "
    "or set HF_TOKEN to an access token."
)
SAY_MORE = "{}. If it is private, your account or your access token has no access to it."
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# What is over in a moment, and how long to wait then, in seconds.
PASSING = errors.BlobBeingChecked | errors.NotYetVerified | errors.StreamsBusy | errors.StoreAway
CHECKING_RETRY = 5
log = logging.getLogger(__name__)


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's exception handler for every API of the hub; None leaves it to a 500."""
    if isinstance(error, errors.RepositoryMoved) and "namespace" in context["kwargs"]:
        return moved_response(context["request"], error, context["kwargs"])
    if isinstance(error, NoConnection | HTTPClientError):
        log.error("the store does not answer: %s", error)
        error = errors.StoreAway("The store of large files does not answer. Try again in a moment.")
    if isinstance(error, XorbInvalid):
        # Chunks that somebody brings are refused where they are read; these were verified and kept.
        log.error("the store gives other content than was verified: %s", error)
        error = errors.ContentDamaged(
            "The stored bytes are not what they were. Tell the people who run this hub."
        )
    answer = answer_for(error)
    if answer is not None:
        return translated(error, answer, context["request"])
    response = exception_handler(error, context)
    if response is not None:
        text = _words(error, response.data)
        response.data = {"error": text}
        response["X-Error-Message"] = header_text(text)
    return response


def moved_response(request: Any, error: errors.RepositoryMoved, address: dict[str, str]) -> Response:
    """307 to the same request at the repository's new address, which clients follow with their method."""
    response = Response({"error": str(error)}, status=307)
    response["Location"] = moved_path(request._request, error, address)
    response["X-Error-Message"] = header_text(str(error))
    return response


def answer_for(error: Exception) -> Answer | None:
    """The row of the error's class, or of the nearest class it descends from."""
    return next((TABLE[kind] for kind in type(error).__mro__ if kind in TABLE), None)


def translated(error: Exception, answer: Answer, request: Any) -> Response:
    """The answer, with what the client reads beside the status."""
    text, status = str(error), answer.status
    if isinstance(error, errors.GatedRepo):
        page = endpoint(request) + error.url_path
        text += f" See {page} for more." if error.asked else f" Visit {page} to ask for access."
    if isinstance(error, errors.BlobWithheld):
        text += f" See {endpoint(request)}{error.url_path} for what was found and to ask for a review."
    # To somebody unknown, a repository that is missing, invisible or gated asks for a login.
    known = getattr(request.auth, "is_authenticated", False)
    if isinstance(error, errors.RepoNotFound | errors.GatedRepo) and not known:
        status = 401
    if isinstance(error, errors.RepoNotFound):
        text = (SAY_MORE if known else SAY_WHO).format(text.rstrip("."))
    body: dict[str, Any] = {"error": text}
    if field := getattr(error, "field", ""):
        body["field"] = field
    if isinstance(error, errors.CollectionExists):
        body["slug"] = error.slug
    response = Response(body, status=status)
    if answer.code:
        response["X-Error-Code"] = answer.code
    withheld = isinstance(error, errors.RepoWithheld)
    response["X-Error-Message"] = DISABLED if withheld else header_text(text)
    if isinstance(error, errors.EntryNotFound) and error.commit:
        response["X-Repo-Commit"] = error.commit
    if isinstance(error, errors.RangeOutside):
        response["Content-Range"] = f"bytes */{error.size}"
    if isinstance(error, errors.BlobWithheld | errors.BlobBeingScanned):
        response["X-Scan-Status"] = error.scan_status
    if isinstance(error, TooOften | TooManyAttachments):
        response["Retry-After"] = str(error.seconds)
    if isinstance(error, PASSING):
        response["Retry-After"] = str(CHECKING_RETRY)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="hub"'
    return response


def header_text(text: str) -> str:
    """Words that fit into a header: one line of ASCII, other letters percent-encoded."""
    line = CONTROL.sub("?", " ".join(text.split())[:500])
    return "".join(letter if letter.isascii() else quote(letter, errors="replace") for letter in line)


def _words(error: Exception, data: Any) -> str:
    if isinstance(error, Http404):
        return "Not found"
    if isinstance(error, exceptions.APIException) and isinstance(data, dict) and "detail" in data:
        return str(data["detail"])
    return str(data)
