"""The only way into a repository."""

from collections.abc import Callable

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.actors import Actor
from accounts.models import Namespace, User
from accounts.roles import RANK, Everywhere, Role, at_least
from accounts.selectors import namespace_by_name, role_in
from hub.access.policy import (
    BRINGING,
    EVERYWHERE,
    GRANTED,
    READ_TOKEN,
    UNGRANTED,
    Action,
    Standing,
    allowed,
)
from hub.errors import (
    AuthenticationRequired,
    Forbidden,
    GatedRepo,
    NamespaceNotFound,
    RepoNotFound,
    RepositoryMoved,
    RepoWithheld,
)
from hub.repos.gates import AccessRequest, status_of
from hub.repos.models import Repository
from hub.repos.selectors import repository_by_address, repository_for, repository_formerly_at
from hub.repos.services import withheld
from hub.repos.withholding import changes_asked

NOT_FOUND = "Repository not found"
ONLY_READ = "This access token may only read. Use a token with the role 'write'."
SUSPENDED = _(
    "Your uploads are suspended by a moderator's decision: you can read, pull, talk and delete, and bring "
    "nothing new."
)
# What is said to somebody who may see a repository and asks for more than they may.
BUT_NOT = {
    Action.PULL: _("You may see %s, but not pull its files."),
    Action.PULL_WITHHELD: _("You may see %s, but not pull what is withheld of it."),
    Action.LIKE: _("You may see %s, but not like it."),
    Action.CONTRIBUTE: _("You may see %s, but not take part in it."),
    Action.BRING: _("You may see %s, but not propose changes to it."),
    Action.WRITE: _("You may see %s, but not change its files."),
    Action.ADMIN: _("You may see %s, but not change its settings."),
    Action.MODERATE: _("You may see %s, but not moderate it."),
}


def open_repo(
    actor: Actor,
    *,
    kind: str,
    namespace: str,
    name: str,
    action: Action,
    find: Callable[..., Repository | None] = repository_by_address,
) -> Repository:
    """The repository, if the actor may do `action` with it.

    Raises RepoNotFound for a missing and for an invisible one alike; RepositoryMoved, GatedRepo,
    AuthenticationRequired and Forbidden only to those who may see it. `find` reads it as
    `repository_by_address` does, and may read something beside it in the same query.
    """
    repository = find(kind, namespace, name, asker=actor.user)
    if repository is None or not may(actor, repository, Action.READ):
        # An invisible one takes the same way, so that not even the time it takes tells it from a missing one.
        raise _not_at_this_address(actor, kind, namespace, name)
    _check(actor, repository, action)
    return repository


def open_repo_by_id(actor: Actor, *, repository_id: int, action: Action) -> Repository:
    """The repository that somebody was let into before, if the actor may do `action` with it now.

    Raises what open_repo does; an id has no former address.
    """
    repository = repository_for(repository_id, asker=actor.user)
    if repository is None or not may(actor, repository, Action.READ):
        raise RepoNotFound(NOT_FOUND)
    _check(actor, repository, action)
    return repository


def require_one_of(actor: Actor, repository: Repository, *actions: Action) -> None:
    """Raise why somebody who was let in to read may do none of these; the first is named."""
    if not any(may(actor, repository, action) for action in actions):
        _check(actor, repository, actions[0])


def _check(actor: Actor, repository: Repository, action: Action) -> None:
    """Raise why somebody who may see the repository may not do this with it."""
    if not may(actor, repository, action):
        if action == Action.PULL and condition(repository) == "gated":
            raise _behind_the_gate(actor, repository)
        if not actor.is_authenticated:
            raise AuthenticationRequired(gettext("Log in, or send an access token, to do this."))
        if repository.taken_down_at:
            raise RepoWithheld(
                gettext("%s is withheld by a moderator's decision and cannot be changed.")
                % repository.full_name
            )
        raise Forbidden(refusal(actor, repository, action))


def _not_at_this_address(actor: Actor, kind: str, namespace: str, name: str) -> RepoNotFound:
    """RepositoryMoved for a repository that went elsewhere and that the actor may see, else RepoNotFound."""
    moved = repository_formerly_at(kind, namespace, name, asker=actor.user)
    if moved is None or not may(actor, moved, Action.READ):
        return RepoNotFound(NOT_FOUND)
    return RepositoryMoved(f"This repository is now called {moved.full_name}.", moved.full_name)


def may(actor: Actor, repository: Repository, action: Action) -> bool:
    """Whether the table allows it."""
    return action in permissions(actor, repository)


def permissions(actor: Actor, repository: Repository) -> frozenset[Action]:
    """Everything the actor may do with the repository; remembered on the repository.

    At most two queries, and none for one that was opened.
    """
    known = repository.__dict__.setdefault("_permissions", {})
    key = (actor.user.pk if actor.user else None, actor.token.pk if actor.token else None)
    if key not in known:
        actions = allowed(condition(repository), standings(actor, repository))
        known[key] = actions & token_allows(actor, repository) - withdrawn(actor)
    return known[key]


def withdrawn(actor: Actor) -> frozenset[Action]:
    """What a moderator's decision has taken from the actor in every repository."""
    suspended = actor.user is not None and actor.user.uploads_suspended_at is not None
    return BRINGING if suspended else frozenset()


def require_uploads(actor: Actor) -> None:
    """Raise Forbidden for somebody whose uploads are suspended."""
    if withdrawn(actor):
        raise Forbidden(SUSPENDED)


def token_allows(actor: Actor, repository: Repository) -> frozenset[Action]:
    """What the token used lets through of that which its user may do with the repository."""
    if actor.may_write:
        return frozenset(Action)
    if actor.scope is None:
        return READ_TOKEN
    role = actor.scope.role_for(repository_id=repository.pk, namespace_id=repository.namespace_id)
    here = condition(repository)
    anywhere = (EVERYWHERE.get((here, name), frozenset()) for name in actor.scope.everywhere)
    return UNGRANTED[here].union(GRANTED[role] if role else (), *anywhere)


def condition(repository: Repository) -> str:
    """Which of the table's parts applies."""
    if repository.taken_down_at:
        return "changes asked" if changes_asked(repository) else "taken down"
    return "gated" if repository.gated and not repository.private else repository.visibility


def standings(actor: Actor, repository: Repository) -> frozenset[Standing]:
    """What the actor is to the repository."""
    if actor.user is None:
        return frozenset({Standing.ANYBODY})
    found = {Standing.SIGNED_IN}
    role = role_in(actor.user, repository.namespace)
    if role:
        found.add(Standing(role))
    if repository.gated and status_of(actor.user.pk, repository) == AccessRequest.Status.ACCEPTED:
        found.add(Standing.LET_IN)
    if actor.user.is_moderator:
        found.add(Standing.MODERATOR)
    elif actor.user.reads_desk:
        found.add(Standing.AUDITOR)
    return frozenset(found)


def _behind_the_gate(actor: Actor, repository: Repository) -> GatedRepo:
    """Why somebody does not get the files, and whether they asked for them."""
    asked = status_of(actor.user.pk, repository) if actor.user else None
    waits_or_not = asked in (AccessRequest.Status.PENDING, AccessRequest.Status.REJECTED)
    if asked == AccessRequest.Status.PENDING:
        words = gettext("Your request for access to %(kind)s %(name)s waits for its people to decide.")
    elif asked == AccessRequest.Status.REJECTED:
        words = gettext("Your request for access to %(kind)s %(name)s was rejected.")
    else:
        # The client's users know these words; a token that may not pass gates is told the same.
        words = gettext("Access to %(kind)s %(name)s is restricted and you are not in the authorized list.")
    named = words % {"kind": repository.kind, "name": repository.full_name}
    return GatedRepo(named, repository.url_path, asked=waits_or_not)


def refusal(actor: Actor, repository: Repository, action: Action) -> str:
    """Why not, in words."""
    if action in withdrawn(actor):
        return str(SUSPENDED)
    if not actor.may_write and actor.scope is None:
        return ONLY_READ
    if actor.scope is not None:
        return (
            f"Your role in {repository.namespace.name}, or what this access token is granted there, "
            f"does not allow you to {action} {repository.full_name}."
        )
    return BUT_NOT[action] % repository.full_name


def open_namespace(actor: Actor, name: str | None) -> Namespace:
    """The namespace in which the actor may create repositories: their own when no name is given.

    Members with the role write or admin may create in an organisation; nobody whose uploads are suspended may
    create anywhere.
    """
    if actor.user is None:
        raise AuthenticationRequired(gettext("Log in, or send an access token, to do this."))
    if not actor.may_write and actor.scope is None:
        raise Forbidden(ONLY_READ)
    require_uploads(actor)
    namespace = namespace_by_name(name) if name else actor.user.namespace
    if namespace is None or not at_least(role_within(actor, namespace), Role.WRITE):
        # The same words for no namespace, no membership and no grant: a token does not tell them apart.
        raise Forbidden(
            f"You don't have the rights to create a repository under the namespace {name!r}"
            f"{', or this access token has no grant to write there' if actor.scope else ''}."
        )
    if namespace.withheld_at is not None:
        raise withheld(namespace)
    return namespace


def open_organisation(actor: Actor, name: str, role: str = Role.READ) -> Namespace:
    """The organisation, if the actor has at least that role in it.

    Its inside is not there for those who do not belong to it; Forbidden for members whose role is less.
    """
    organisation = namespace_by_name(name)
    own = role_within(actor, organisation) if organisation and organisation.is_organisation else None
    if organisation is None or own is None:
        raise NamespaceNotFound(f"There is no organisation {name!r}.")
    if not at_least(own, role):
        raise Forbidden(f"Your role in {organisation.name} does not allow this.")
    return organisation


def writing_user(actor: Actor) -> User:
    """The user, if the actor may change what is the user's own and belongs to no repository or organisation.

    A fine-grained token is granted places, and this is none: it may not.
    """
    if actor.user is None:
        raise AuthenticationRequired(gettext("Log in, or send an access token, to do this."))
    if not actor.may_write:
        raise Forbidden(ONLY_READ)
    return actor.user


def contributing_user(actor: Actor) -> User:
    """The user, if the actor may take part in some repository: what they bring belongs to none yet.

    AuthenticationRequired, and Forbidden for a token that lets nobody contribute anywhere, and for somebody
    whose uploads are suspended.
    """
    if actor.user is None:
        raise AuthenticationRequired(gettext("Log in, or send an access token, to do this."))
    require_uploads(actor)
    if actor.may_write:
        return actor.user
    if actor.scope is None:
        raise Forbidden(ONLY_READ)
    granted = any(at_least(grant.permission, Role.CONTRIBUTE) for grant in actor.scope.grants)
    if not granted and Everywhere.CONTRIBUTE not in actor.scope.everywhere:
        raise Forbidden("This access token has no grant to contribute anywhere.")
    return actor.user


def role_within(actor: Actor, namespace: Namespace) -> str | None:
    """The role that the actor may use in a namespace: their own, and no more than their token grants."""
    role = role_in(actor.user, namespace)
    if role is None or actor.scope is None:
        return role
    granted = actor.scope.role_in(namespace.pk)
    return min(role, granted, key=RANK.__getitem__) if granted else None
