"""Copy a whole repository, or large files from one into another, without moving their bytes."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.access.services import open_namespace
from hub.errors import InvalidInput, RepositoryExists, TooMuch
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, json_object, text_field
from hub.http.huggingface.repositories import address_field, kind_of, visibility_of
from hub.http.links import endpoint
from hub.revisions.copies import duplicate_repository, share_objects
from hub.revisions.possession import SHA256

# The client sends 500 at once.
MAX_FILES = 1000


class Duplicate(RepoView):
    """`POST /api/{kind}s/{id}/duplicate`."""

    def post(self, request: Request, **address: str) -> Response:
        """The new repository's address; 409 with the address of the one that is there already."""
        source = self.open(Action.PULL)
        data = json_object(request)
        namespace, name = address_field(data, "repository")
        try:
            repository, pending = duplicate_repository(
                source=source,
                namespace=open_namespace(self.actor, namespace),
                name=name,
                visibility=visibility_of(data),
                actor_user=self.user,
            )
        except RepositoryExists as problem:
            url = endpoint(request) + problem.url_path
            return Response({"error": str(problem), "url": url}, status=409)
        return Response(shapes.repo_url(endpoint(request), repository) | {"filesCopyPending": pending})


class ShareObjects(RepoView):
    """`POST /api/{kind}s/{id}/lfs-files/duplicate`, sent to the source."""

    def post(self, request: Request, **address: str) -> Response:
        """The files that could not be copied, each with the reason."""
        source = self.open(Action.PULL)
        data = json_object(request)
        target = data.get("target")
        if not isinstance(target, dict):
            raise InvalidInput("target must be an object with type and name.", "target")
        repository = self.open_named(kind_of(target), *address_field(target, "name"), action=Action.WRITE)
        failed = share_objects(
            source=source, target=repository, sha256s=hashes_of(data.get("files")), actor_user=self.user
        )
        return Response({"failed": [{"sha256": sha256, "error": why} for sha256, why in failed.items()]})


def hashes_of(files: Any) -> list[str]:
    """The objects that a body names, each once; InvalidInput for anything else."""
    if not isinstance(files, list) or not all(isinstance(file, dict) for file in files):
        raise InvalidInput("files must be a list of objects.", "files")
    if len(files) > MAX_FILES:
        raise TooMuch(f"Copy at most {MAX_FILES} files at once.", "files")
    hashes = [text_field(file, "sha256") for file in files]
    if not all(SHA256.fullmatch(sha256) for sha256 in hashes):
        raise InvalidInput("Every sha256 must be in lower-case hexadecimal.", "sha256")
    return list(dict.fromkeys(hashes))
