"""Create, move and delete repositories."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.access.services import open_namespace, open_repo
from hub.errors import InvalidInput, RepoNotFound, RepositoryExists, RepositoryMoved
from hub.http.huggingface import shapes
from hub.http.huggingface.base import HubView, RepoView, json_object, text_field
from hub.http.links import endpoint
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.moving import move_repository
from hub.revisions.services import create_repository

SERVED = Repository.Kind.values


class CreateRepository(HubView):
    """`POST /api/repos/create`."""

    def post(self, request: Request) -> Response:
        """The new repository's address; 409 with the address of the one that is there already."""
        data = json_object(request)
        namespace = open_namespace(self.actor, text_field(data, "organization", default="") or None)
        try:
            repository = create_repository(
                namespace=namespace,
                name=text_field(data, "name"),
                kind=kind_of(data),
                visibility=visibility_of(data),
                actor_user=self.user,
            )
        except RepositoryExists as problem:
            url = endpoint(request) + problem.url_path
            return Response({"error": str(problem), "url": url}, status=409)
        return Response(shapes.repo_url(endpoint(request), repository))


class DeleteRepository(HubView):
    """`DELETE /api/repos/delete`, with a JSON body."""

    def delete(self, request: Request) -> Response:
        """Delete the repository that the body names, by the name that it has now."""
        data = json_object(request)
        namespace = text_field(data, "organization", default="") or self.user.namespace.name
        try:
            repository = open_repo(
                self.actor,
                kind=kind_of(data),
                namespace=namespace,
                name=text_field(data, "name"),
                action=Action.ADMIN,
            )
        except RepositoryMoved as moved:
            # Not RepoNotFound, which a client may take for its being gone already.
            raise InvalidInput(f"{moved} Delete it by that name.", "name") from None
        repos.delete_repository(repository=repository, actor_user=self.user)
        return Response({})


class MoveRepository(HubView):
    """`POST /api/repos/move`."""

    def post(self, request: Request) -> Response:
        """Move a repository to another name or namespace; its old address leads to the new one."""
        data = json_object(request)
        source, target = (address_field(data, field) for field in ("fromRepo", "toRepo"))
        repository = self.open_named(kind_of(data), *source, action=Action.ADMIN)
        moved = move_repository(
            repository=repository,
            namespace=open_namespace(self.actor, target[0]),
            name=target[1],
            actor_user=self.user,
        )
        return Response(shapes.repo_url(endpoint(request), moved))


class Settings(RepoView):
    """`PUT /api/{kind}s/{id}/settings`."""

    def put(self, request: Request, **address: str) -> Response:
        """Change the visibility, the gate before the files, or both."""
        repository = self.open(Action.ADMIN)
        data = json_object(request)
        visibility, gated = visibility_of(data), gate_of(data)
        if visibility is None and gated is None:
            raise InvalidInput("Name a setting to change: visibility or gated.", "visibility")
        repos.change_settings(repository=repository, visibility=visibility, gated=gated, actor_user=self.user)
        return Response({"private": repository.private, "gated": repository.gated or False})


def address_field(data: dict, field: str) -> tuple[str, str]:
    """A `namespace/name` in a body."""
    namespace, slash, name = text_field(data, field).partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise InvalidInput(f"{field} must be namespace/name.", field)
    return namespace, name


def kind_of(data: dict) -> str:
    """The kind that a body names; models when it names none. Kinds that are not served are not found."""
    kind = text_field(data, "type", default=Repository.Kind.MODEL)
    if kind not in SERVED:
        raise RepoNotFound("This hub has models and datasets only.")
    return kind


def visibility_of(data: dict) -> str | None:
    """The visibility that a body names, in today's spelling or in that of older clients."""
    if isinstance(data.get("private"), bool):
        return Repository.Visibility.PRIVATE if data["private"] else Repository.Visibility.PUBLIC
    return text_field(data, "visibility", default="") or None


def gate_of(data: dict) -> str | None:
    """The gate that a body names; False is how this client says that there is none."""
    gated = data.get("gated")
    if gated is None:
        return None
    if gated is False:
        return Repository.Gate.OPEN
    if gated not in (Repository.Gate.AUTO, Repository.Gate.MANUAL):
        raise InvalidInput('gated must be "auto", "manual" or false.', "gated")
    return gated
