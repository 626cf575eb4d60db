"""Pull: `/{id}/resolve/{revision}/{path}`, small files from here, large ones by a presigned link."""

from django.http import HttpResponse, HttpResponseRedirect
from rest_framework.request import Request

from hub.access.policy import Action
from hub.access.services import may
from hub.downloads.services import count
from hub.errors import BlobBeingChecked, BlobQuarantined, BlobRefused
from hub.http.content import inline_response
from hub.http.huggingface.base import RepoView
from hub.http.links import endpoint
from hub.repos.models import Repository
from hub.revisions.selectors import Entry, find_file, resolve_revision
from hub.revisions.uploads import unverified_key
from storage.s3 import download_link
from storage.selectors import blob_by_sha256


class Resolve(RepoView):
    """HEAD and GET of one file."""

    def get(self, request: Request, revision: str, path: str, **address: str) -> HttpResponse:
        """The file, or a redirect to where its bytes are; the headers are those of both."""
        repository = self.open(Action.PULL)
        found = resolve_revision(repository, revision)
        entry = find_file(found, path)
        key = self._key(repository, entry)
        if request.method == "GET":
            count(repository.pk)
        response = self._answer(entry, key)
        response["X-Repo-Commit"] = found.commit
        if entry.pointer:
            response["X-Linked-Etag"] = f'"{entry.sha256}"'
            response["X-Linked-Size"] = str(entry.size)
        return response

    head = get

    def _answer(self, entry: Entry, key: str | None) -> HttpResponse:
        etag = entry.sha256 if entry.pointer else entry.oid
        if key is not None:
            response = HttpResponseRedirect(download_link(key, filename=entry.name))
            response["ETag"] = f'"{etag}"'
            return response
        blob = blob_by_sha256(entry.sha256 or "")
        return inline_response(self.request, bytes(blob.data), name=entry.name, etag=etag or "")

    def _key(self, repository: Repository, entry: Entry) -> str | None:
        """The S3 key of the bytes; None when they are inline. Raises why they are not served."""
        match entry.availability:
            case "quarantined":
                raise BlobQuarantined(quarantine_words(endpoint(self.request), repository, entry.path))
            case "refused":
                raise BlobRefused(
                    f"{entry.path} cannot be served: the uploaded bytes were not what was declared. "
                    "Its publisher can upload it again."
                )
            case "checking":
                key = unverified_key(repository, entry.sha256 or "")
                if key is None or not may(self.actor, repository, Action.WRITE):
                    raise BlobBeingChecked(
                        f"{entry.path} was just uploaded and is still being checked. Try again in a moment."
                    )
                return key
        return (entry.blob.key or None) if entry.pointer else None


def quarantine_words(address: str, repository: Repository, path: str) -> str:
    """Why a file is withheld, and where to ask."""
    return (
        f"{path} of {repository.full_name} is in quarantine: a check found it dangerous. "
        f"See {address}{repository.url_path} for the finding and to ask for a review."
    )
