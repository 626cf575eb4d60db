"""The only way into a repository."""

from accounts.actors import Actor
from accounts.models import Namespace
from accounts.roles import Role, at_least
from accounts.selectors import namespace_by_name, role_in
from hub.access.policy import READ_TOKEN, Action, Standing, allowed
from hub.errors import AuthenticationRequired, Forbidden, GatedRepo, RepoNotFound, RepositoryMoved
from hub.repos.models import Repository
from hub.repos.selectors import repository_by_address, repository_formerly_at

NOT_FOUND = "Repository not found"


def open_repo(actor: Actor, *, kind: str, namespace: str, name: str, action: Action) -> Repository:
    """The repository, if the actor may do `action` with it.

    Raises RepoNotFound for a missing and for an invisible one alike; RepositoryMoved, GatedRepo,
    AuthenticationRequired and Forbidden only to those who may see it.
    """
    repository = repository_by_address(kind, namespace, name)
    if repository is None:
        raise _not_at_this_address(actor, kind, namespace, name)
    if not may(actor, repository, Action.READ):
        raise RepoNotFound(NOT_FOUND)
    if not may(actor, repository, action):
        if action == Action.PULL and condition(repository) == "gated":
            raise GatedRepo(_behind_the_gate(repository), repository.url_path)
        if not actor.is_authenticated:
            raise AuthenticationRequired("Log in, or send an access token, to do this.")
        raise Forbidden(refusal(actor, repository, action))
    return repository


def _not_at_this_address(actor: Actor, kind: str, namespace: str, name: str) -> RepoNotFound:
    """RepositoryMoved for a repository that went elsewhere and that the actor may see, else RepoNotFound."""
    moved = repository_formerly_at(kind, namespace, name)
    if moved is None or not may(actor, moved, Action.READ):
        return RepoNotFound(NOT_FOUND)
    return RepositoryMoved(f"This repository is now called {moved.full_name}.", moved.full_name)


def may(actor: Actor, repository: Repository, action: Action) -> bool:
    """Whether the table allows it."""
    return action in permissions(actor, repository)


def permissions(actor: Actor, repository: Repository) -> frozenset[Action]:
    """Everything the actor may do with the repository; at most one query, remembered on the repository."""
    known = repository.__dict__.setdefault("_permissions", {})
    key = (actor.user.pk if actor.user else None, actor.may_write)
    if key not in known:
        actions = allowed(condition(repository), standings(actor, repository.namespace))
        known[key] = actions if actor.may_write else actions & READ_TOKEN
    return known[key]


def condition(repository: Repository) -> str:
    """Which of the table's parts applies."""
    if repository.taken_down_at:
        return "taken down"
    return "gated" if repository.gated and not repository.private else repository.visibility


def standings(actor: Actor, namespace: Namespace) -> frozenset[Standing]:
    """What the actor is to the namespace."""
    if actor.user is None:
        return frozenset({Standing.ANYBODY})
    found = {Standing.SIGNED_IN}
    role = role_in(actor.user, namespace)
    if role:
        found.add(Standing(role))
    if actor.user.is_moderator:
        found.add(Standing.MODERATOR)
    return frozenset(found)


def _behind_the_gate(repository: Repository) -> str:
    return (
        f"Access to {repository.kind} {repository.full_name} is restricted "
        "and you are not in the authorized list."
    )


def refusal(actor: Actor, repository: Repository, action: Action) -> str:
    """Why not, in words."""
    if not actor.may_write:
        return "This access token may only read. Use a token with the role 'write'."
    if repository.taken_down_at:
        return f"{repository.full_name} is withheld by a moderator's decision and cannot be changed."
    return f"You may see {repository.full_name}, but your role does not allow you to {action}."


def open_namespace(actor: Actor, name: str | None) -> Namespace:
    """The namespace in which the actor may create repositories: their own when no name is given.

    Members with the role write or admin may create in an organisation.
    """
    if actor.user is None:
        raise AuthenticationRequired("Log in, or send an access token, to do this.")
    if not actor.may_write:
        raise Forbidden("This access token may only read. Use a token with the role 'write'.")
    namespace = namespace_by_name(name) if name else actor.user.namespace
    role = role_in(actor.user, namespace) if namespace else None
    if namespace is None or not at_least(role, Role.WRITE):
        raise Forbidden(f"You don't have the rights to create a repository under the namespace {name!r}.")
    return namespace
