"""A fine-grained token's grants as people and clients spell them: by the names of the places."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.actors import Actor
from accounts.errors import GrantsInvalid
from accounts.grants import Grant
from accounts.models import User
from accounts.roles import Role
from accounts.selectors import namespace_by_name, namespaces_for, role_in
from hub.access.policy import Action
from hub.access.services import open_repo
from hub.errors import RepoNotFound
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, visible_to

OFFERED = 200
KINDS = {"models": Repository.Kind.MODEL, "datasets": Repository.Kind.DATASET}


@dataclass(frozen=True)
class Place:
    """Where something is granted: `type` is user, org, model or dataset, `path` its page."""

    type: str
    id: int
    name: str
    path: str


def grant_at(actor: Actor, place: str, permission: str) -> Grant:
    """The grant of a role at "the-lab", "the-lab/bert" (a model) or "datasets/the-lab/squad".

    GrantsInvalid when the actor is no member of the namespace, or cannot see the repository or there is none.
    """
    parts = place.strip().strip("/").split("/")
    if len(parts) == 1:
        return Grant(permission, namespace_id=_namespace_id(actor, parts[0]))
    if len(parts) == 2:
        parts = ["models", *parts]
    if len(parts) != 3 or parts[0] not in KINDS:
        raise GrantsInvalid(
            gettext("'%s' is not an address: write owner/name, or datasets/owner/name.") % place
        )
    kind, namespace, name = parts
    try:
        found = open_repo(actor, kind=KINDS[kind], namespace=namespace, name=name, action=Action.READ)
    except RepoNotFound as problem:
        raise GrantsInvalid(f"'{place}': {problem}.") from problem
    return Grant(permission, repository_id=found.pk)


def _namespace_id(actor: Actor, name: str) -> int:
    namespace = namespace_by_name(name)
    if namespace is None or role_in(actor.user, namespace) is None:
        raise GrantsInvalid(gettext("You are not a member of '%s'.") % name)
    return namespace.pk


def places_offered(user: User) -> list[str]:
    """The last changed repositories in the user's namespaces, by the addresses that grant_at reads."""
    mine = visible_to(Actor(user, None)).filter(namespace__in=namespaces_for(user, Role.READ))
    return [
        repository.url_path.removeprefix("/")
        for repository in mine.order_by("-updated_at", "-id").defer(*LARGE_COLUMNS)[:OFFERED]
    ]


def places_of(user: User, grants: Iterable[Grant]) -> dict[Grant, Place]:
    """Each grant's place, for those that the user can see today; two queries, however many grants."""
    grants = list(grants)
    namespaces = {
        namespace.pk: namespace
        for namespace in namespaces_for(user, Role.READ).filter(
            pk__in=[grant.namespace_id for grant in grants]
        )
    }
    repositories = {
        repository.pk: repository
        for repository in visible_to(Actor(user, None)).filter(
            pk__in=[grant.repository_id for grant in grants]
        )
    }
    places = {}
    for grant in grants:
        if grant.namespace_id in namespaces:
            namespace = namespaces[grant.namespace_id]
            kind = "org" if namespace.is_organisation else "user"
            places[grant] = Place(kind, namespace.pk, namespace.name, f"/{namespace.name}")
        elif grant.repository_id in repositories:
            repository = repositories[grant.repository_id]
            places[grant] = Place(repository.kind, repository.pk, repository.full_name, repository.url_path)
    return places
