"""Pull: `/{id}/resolve/{revision}/{path}`, small files from here, large ones by a presigned link."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request

from hub.access.policy import Action
from hub.access.services import condition, may
from hub.downloads.services import count
from hub.downloads.wholes import linked
from hub.errors import BlobBeingChecked, BlobRefused, HubError
from hub.http.callers import caller_of
from hub.http.content import SNIFFED, chunked_response, inline_response
from hub.http.huggingface.base import RepoView
from hub.http.links import endpoint, read_token_url, same_origin
from hub.repos.models import Repository
from hub.revisions.glances import Glance
from hub.revisions.location import WHOLE, Location
from hub.revisions.selectors import Entry
from hub.scanning.policy import Ruling, admit
from storage.s3 import download_link

# huggingface_hub (file_download.py, http_get) refuses a file that it is told is larger and has no Xet for;
# untold, it takes the size from the store's answer and downloads it all the same.
LARGEST_TOLD = 50 * 1000**3
# Who has got a public file at a commit may keep it for as long as a link that was handed out may be used. A
# cache for many asks each time, so that nobody gets from it what was withheld meanwhile.
COMMIT_CACHING = f"public, max-age={settings.DOWNLOAD_LINK_SECONDS}, s-maxage=0"


class Place(NamedTuple):
    """Where a large file's bytes are: whole in the store under `key`, in chunks as `file`, or both."""

    key: str
    file: str


NOWHERE = Place("", "")


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
        scanned = admit(self.actor, repository, found.entry)
        place = self._place(repository, found)
        response = self._answer(found, place)
        response["X-Repo-Commit"] = found.revision.commit
        response["X-Scan-Status"] = scanned.status
        if scanned.warning:
            response["X-Scan-Warning"] = scanned.warning
        if place is None and condition(repository) == "public" and not scanned.reserved:
            named = revision == found.revision.commit
            response["Cache-Control"] = caching(scanned) if named else "public, no-cache"
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
        taking = response.status_code == 302 or "X-Xet-Hash" in response
        return taking and "X-HF-Download-Counter" in self.request.headers

    def _answer(self, found: Location, place: Place | None) -> HttpResponse:
        entry = found.entry
        if place is None:
            # A pointer's bytes, too, may be known from a small file alone.
            etag = entry.sha256 or "" if entry.pointer else entry.oid
            return inline_response(self.request, found.data, size=entry.size, name=entry.name, etag=etag)
        response = self._bytes(entry, place)
        response["ETag"] = response["X-Linked-Etag"] = f'"{entry.sha256}"'
        if place.file:
            response["X-Xet-Hash"] = place.file
            route = read_token_url(self.request, found.revision)
            response["Link"] = f'<{route}>; rel="xet-auth"'
        if place.file or entry.size <= LARGEST_TOLD:
            response["X-Linked-Size"] = str(entry.size)
        return response

    def _bytes(self, entry: Entry, place: Place) -> HttpResponse:
        """The bytes of a large file: a link to them, or themselves when they lie in chunks only."""
        if not place.key:
            sha256 = entry.sha256 or ""
            return chunked_response(self.request, place.file, size=entry.size, name=entry.name, sha256=sha256)
        if place.file:
            linked(entry.sha256 or "")
        if self.request.method == "HEAD" and same_origin(
            endpoint(self.request), settings.S3_PUBLIC_ENDPOINT_URL
        ):
            # The client would follow a redirect to its own origin, and miss there what only the hub can tell.
            response = HttpResponse(content_type="application/octet-stream")
            response["Content-Length"] = str(entry.size)
            response["Accept-Ranges"] = "bytes"
            return response
        return HttpResponseRedirect(download_link(place.key, filename=entry.name))

    def _place(self, repository: Repository, found: Location) -> Place | None:
        """Where the bytes are; None when they are inline. Raises why they are not served."""
        entry = found.entry
        match entry.availability:
            case "refused":
                raise BlobRefused(
                    f"{entry.path} cannot be served: the uploaded bytes were not what was declared. "
                    "Its publisher can upload it again."
                )
            case "checking":
                unverified = Place(found.unverified_key, found.unverified_chunks)
                if unverified == NOWHERE or not may(self.actor, repository, Action.WRITE):
                    raise BlobBeingChecked(
                        f"{entry.path} was just uploaded and is still being checked. Try again in a moment."
                    )
                return unverified
        place = Place(entry.blob.key, entry.blob.reconstruction_id or "") if entry.pointer else NOWHERE
        return None if place == NOWHERE else place


def caching(scanned: Ruling) -> str:
    """How long a file that is asked for at a commit may be kept; one that is warned of, not at all."""
    return "public, no-cache" if scanned.warning else COMMIT_CACHING
