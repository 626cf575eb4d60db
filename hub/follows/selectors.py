"""Who follows whom and who belongs to whom, which anybody may know; suspended users do not count."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from accounts.actors import Actor
from accounts.models import Membership, Namespace, User
from accounts.selectors import namespace_by_name, role_in
from hub.errors import NamespaceNotFound
from hub.follows.models import Follow
from hub.repos.models import Repository
from hub.repos.selectors import visible_to
from hub.walks import page_down

Position = list[int] | None


@dataclass(frozen=True)
class Reach:
    """How many follow and are followed; `followed` is whether the asker follows, None for nobody."""

    followers: int
    following: int
    followed: bool | None


def namespace_named(name: str, *, organisation: bool | None = None, reader: User | None = None) -> Namespace:
    """The user's or organisation's namespace; NamespaceNotFound for a missing, suspended or withheld one.

    A `reader` who belongs to it, or reads the moderators' desk, gets it all the same.
    """
    found = namespace_by_name(name)
    suspended = found is not None and found.user is not None and found.user.suspended_at is not None
    hidden = suspended or (found is not None and found.withheld_at is not None)
    if hidden and found is not None and reader is not None:
        hidden = not reader.reads_desk and role_in(reader, found) is None
    if found is None or hidden or organisation not in (None, found.is_organisation):
        kinds = {True: "organisation", False: "user", None: "user or organisation"}
        raise NamespaceNotFound(f"There is no {kinds[organisation]} of that name.")
    return found


def reach(actor: Actor, namespace: Namespace) -> Reach:
    """The namespace's numbers; at most three queries."""
    mine = Follow.objects.filter(namespace=namespace, user=actor.user) if actor.user else None
    return Reach(
        followers=_followers(namespace).count(),
        following=0 if namespace.user_id is None else _following(namespace.user_id).count(),
        followed=None if mine is None else mine.exists(),
    )


def followers_of(namespace: Namespace, *, after: Position, limit: int) -> tuple[list[Follow], Position]:
    """A page of who follows the namespace, the newest first."""
    return page_down(_followers(namespace).select_related("user__namespace"), after, limit)


def following_of(user: User, *, after: Position, limit: int) -> tuple[list[Follow], Position]:
    """A page of the users whom the user follows, the newest first."""
    return page_down(_following(user.pk).select_related("namespace__user"), after, limit)


def members_of(organisation: Namespace, *, after: Position, limit: int) -> tuple[list[Membership], Position]:
    """A page of the organisation's members, the newest first. Who belongs to an organisation is public."""
    return page_down(_members(organisation).select_related("user__namespace"), after, limit)


def count_members(organisation: Namespace) -> int:
    """How many members the organisation has."""
    return _members(organisation).count()


def count_repositories(actor: Actor, namespace: Namespace) -> dict[str, int]:
    """How many models and datasets of the namespace the actor may see; one query."""
    kinds = {kind: Count("pk", filter=Q(kind=kind)) for kind in Repository.Kind.values}
    return visible_to(actor).filter(namespace=namespace).aggregate(**kinds)


def _followers(namespace: Namespace) -> QuerySet[Follow]:
    return Follow.objects.filter(namespace=namespace, user__suspended_at=None)


def _following(user_id: int) -> QuerySet[Follow]:
    return Follow.objects.filter(
        user_id=user_id, namespace__user__isnull=False, namespace__user__suspended_at=None
    )


def _members(organisation: Namespace) -> QuerySet[Membership]:
    return Membership.objects.filter(organisation=organisation, user__suspended_at=None)
