"""Pull: `/{id}/resolve/{revision}/{path}`, small files from here, large ones by a presigned link."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

from hub.access.policy import Action
from hub.access.services import condition, may
from hub.downloads.services import count
from hub.errors import BlobBeingChecked, BlobQuarantined, BlobRefused, HubError
from hub.http.callers import caller_of
from hub.http.content import SNIFFED, inline_response
from hub.http.huggingface.base import RepoView
from hub.http.links import endpoint, same_origin
from hub.repos.models import Repository
from hub.revisions.glances import Glance
from hub.revisions.location import WHOLE, Location
from storage.s3 import download_link

# huggingface_hub (file_download.py, http_get) refuses a file that it is told is larger and has no Xet for;
# untold, it takes the size from the store's answer and downloads it all the same.
LARGEST_TOLD = 50 * 1000**3
# A public file at a commit may be kept by caches for as long as a link that was handed out may be used.
COMMIT_CACHING = f"public, max-age={settings.DOWNLOAD_LINK_SECONDS}"


class Resolve(RepoView):
    """HEAD and GET of one file."""

    def get(self, request: Request, revision: str, path: str, **address: str) -> HttpResponse:
        """The file, or a redirect to where its bytes are; the headers are those of both."""
        limit = WHOLE if request.method == "GET" else SNIFFED
        glance = Glance(self.actor, revision, path, limit=limit)
        try:
            repository = self.open(Action.PULL, find=glance.repository)
        except HubError:
            glance.forget()
            raise
        found = glance.file(repository)
        key = self._key(repository, found)
        response = self._answer(found, key)
        response["X-Repo-Commit"] = found.revision.commit
        if key is None and condition(repository) == "public":
            named = revision == found.revision.commit
            response["Cache-Control"] = COMMIT_CACHING if named else "public, no-cache"
        if self._is_pull(response):
            caller = caller_of(request._request, self.actor)
            count(repository_id=repository.pk, commit=found.revision.commit, caller=caller)
        return response

    head = get

    def finalize_response(
        self, request: Request, response: HttpResponse, *args: Any, **rest: Any
    ) -> HttpResponse:
        """Keep every answer that depends on who asks, errors too, from being given to somebody else."""
        response = super().finalize_response(request, response, *args, **rest)
        patch_vary_headers(response, ("Authorization", "Cookie"))
        response.headers.setdefault("Cache-Control", "private, no-cache")
        return response

    def _is_pull(self, response: HttpResponse) -> bool:
        """Whether the caller takes the bytes: a GET of them, or a client's HEAD before it uses the link."""
        if self.request.method == "GET":
            return response.status_code in {200, 206, 302}
        return response.status_code == 302 and "X-HF-Download-Counter" in self.request.headers

    def _answer(self, found: Location, key: str | None) -> HttpResponse:
        entry = found.entry
        if key is None:
            return inline_response(self.request, found.data, size=entry.size, name=entry.name, etag=entry.oid)
        if self.request.method == "HEAD" and same_origin(
            endpoint(self.request), settings.S3_PUBLIC_ENDPOINT_URL
        ):
            # The client would follow a redirect to its own origin, and miss there what only the hub can tell.
            response = HttpResponse(content_type="application/octet-stream")
            response["Content-Length"] = str(entry.size)
            response["Accept-Ranges"] = "bytes"
        else:
            response = HttpResponseRedirect(download_link(key, filename=entry.name))
        response["ETag"] = response["X-Linked-Etag"] = f'"{entry.sha256}"'
        if entry.size <= LARGEST_TOLD:
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
