"""What every view of this dialect shares."""

from typing import Any

from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.actors import Actor
from accounts.models import User
from hub.access.policy import Action
from hub.access.services import open_repo
from hub.errors import AuthenticationRequired, InvalidInput, RepositoryMoved
from hub.repos.models import Repository


class HubView(APIView):
    """A view that knows its actor."""

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return self.request.auth

    @property
    def user(self) -> User:
        """The known user; AuthenticationRequired when there is none."""
        if self.actor.user is None:
            raise AuthenticationRequired("Log in, or send an access token, to do this.")
        return self.actor.user

    def open_named(self, kind: str, namespace: str, name: str, action: Action) -> Repository:
        """A repository that a body names, also by a former name: no redirect could change the body."""
        try:
            return open_repo(self.actor, kind=kind, namespace=namespace, name=name, action=action)
        except RepositoryMoved as moved:
            namespace, _, name = moved.full_name.partition("/")
            return open_repo(self.actor, kind=kind, namespace=namespace, name=name, action=action)


class RepoView(HubView):
    """A view of one repository, whose address is in the route as kind, namespace and name."""

    def open(self, action: Action = Action.READ, **how: Any) -> Repository:
        """The repository of the address, if the actor may do that with it."""
        return open_repo(
            self.actor,
            kind=self.kwargs["kind"],
            namespace=self.kwargs["namespace"],
            name=self.kwargs["name"],
            action=action,
            **how,
        )


def json_object(request: Request) -> dict[str, Any]:
    """The body as a JSON object; InvalidInput for anything else."""
    if not isinstance(request.data, dict):
        raise InvalidInput("The body must be a JSON object.", "body")
    return request.data


def text_field(data: dict[str, Any], name: str, *, default: str | None = None) -> str:
    """A text in a body; InvalidInput when it is missing (and has no default) or is something else."""
    value = data.get(name)
    if value is None and default is not None:
        return default
    if not isinstance(value, str) or "\0" in value:
        raise InvalidInput(f"{name} must be a text.", name)
    return value


def is_true(value: str | None) -> bool:
    """A boolean in a query, as this client writes it."""
    return (value or "").lower() in {"true", "1"}
