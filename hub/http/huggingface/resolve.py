"""Pull: `/{id}/resolve/{revision}/{path}`, small files from here, large ones by a presigned link."""

from django.http import HttpResponse, HttpResponseRedirect
from rest_framework.request import Request

from hub.access.policy import Action
from hub.access.services import may
from hub.downloads.services import count
from hub.errors import BlobBeingChecked, BlobQuarantined, BlobRefused
from hub.http.content import SNIFFED, inline_response
from hub.http.huggingface.base import RepoView
from hub.http.links import endpoint
from hub.repos.models import Repository
from hub.revisions.location import WHOLE, Location, locate
from storage.s3 import download_link


class Resolve(RepoView):
    """HEAD and GET of one file."""

    def get(self, request: Request, revision: str, path: str, **address: str) -> HttpResponse:
        """The file, or a redirect to where its bytes are; the headers are those of both."""
        repository = self.open(Action.PULL)
        pulled = request.method == "GET"
        found = locate(repository, revision, path, limit=WHOLE if pulled else SNIFFED)
        key = self._key(repository, found)
        if pulled:
            count(repository.pk)
        response = self._answer(found, key)
        response["X-Repo-Commit"] = found.revision.commit
        return response

    head = get

    def _answer(self, found: Location, key: str | None) -> HttpResponse:
        entry = found.entry
        if key is None:
            return inline_response(self.request, found.data, size=entry.size, name=entry.name, etag=entry.oid)
        response = HttpResponseRedirect(download_link(key, filename=entry.name))
        response["ETag"] = response["X-Linked-Etag"] = f'"{entry.sha256}"'
        response["X-Linked-Size"] = str(entry.size)
        return response

    def _key(self, repository: Repository, found: Location) -> str | None:
        """The S3 key of the bytes; None when they are inline. Raises why they are not served."""
        entry = found.entry
        match entry.availability:
            case "quarantined":
                raise BlobQuarantined(quarantine_words(endpoint(self.request), repository, entry.path))
            case "refused":
                raise BlobRefused(
                    f"{entry.path} cannot be served: the uploaded bytes were not what was declared. "
                    "Its publisher can upload it again."
                )
            case "checking":
                if not found.unverified_key or not may(self.actor, repository, Action.WRITE):
                    raise BlobBeingChecked(
                        f"{entry.path} was just uploaded and is still being checked. Try again in a moment."
                    )
                return found.unverified_key
        return (entry.blob.key or None) if entry.pointer else None


def quarantine_words(address: str, repository: Repository, path: str) -> str:
    """Why a file is withheld, and where to ask."""
    return (
        f"{path} of {repository.full_name} is in quarantine: a check found it dangerous. "
        f"See {address}{repository.url_path} for the finding and to ask for a review."
    )
