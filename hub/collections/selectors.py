"""Which collections there are, and what is in them; what the asker may not see is not there, nor counted."""

import re
from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from accounts.actors import Actor
from accounts.models import Namespace, User
from accounts.roles import Role, at_least
from accounts.selectors import namespaces_for
from hub.access.services import role_within
from hub.collections.models import Collection, CollectionItem
from hub.errors import AuthenticationRequired, CollectionNotFound, Forbidden
from hub.repos.selectors import visible_to

KEY = re.compile(r"(?:.*-)?([0-9a-f]{24})", re.DOTALL)
NOT_FOUND = "Collection not found"
NO_ITEM = "The collection has no such item."
Address = tuple[str, str, str]


def open_collection(actor: Actor, namespace: str, slug: str, *, write: bool = False) -> Collection:
    """The collection whose key ends the slug, whatever words stand before it.

    Raises CollectionNotFound for a missing and for an invisible one alike; AuthenticationRequired and
    Forbidden only to those who may see it. Its owner writes, and members with the role write do.
    """
    key = KEY.fullmatch(slug)
    found = visible_collections(actor).filter(namespace__name__iexact=namespace)
    collection = found.filter(key=key[1]).first() if key else None
    if collection is None:
        raise CollectionNotFound(NOT_FOUND)
    if write:
        require_writer(actor, collection.namespace)
    return collection


def require_writer(actor: Actor, namespace: Namespace) -> None:
    """AuthenticationRequired or Forbidden unless the actor may change the namespace's collections."""
    if actor.user is None:
        raise AuthenticationRequired("Log in, or send an access token, to do this.")
    read_only = not actor.may_write and actor.scope is None
    if read_only or not at_least(role_within(actor, namespace), Role.WRITE):
        raise Forbidden(
            f"Your role in {namespace.name}, or your access token, does not allow you "
            "to change its collections."
        )


def visible_collections(actor: Actor) -> QuerySet[Collection]:
    """Public collections, and the private ones where the actor is a member; none of suspended users.

    With a fine-grained token, private ones only where the token is granted something in the whole namespace.
    """
    seen = Q(private=False)
    if actor.user is not None:
        mine = Q(namespace__user=actor.user)
        mine |= Q(namespace__in=Namespace.objects.filter(memberships__user=actor.user))
        seen |= mine if actor.scope is None else mine & Q(namespace_id__in=actor.scope.namespace_ids)
    there = Q(namespace__user=None) | Q(namespace__user__suspended_at=None)
    there &= Q(namespace__withheld_at=None)
    return Collection.objects.filter(seen & there).select_related("namespace__user")


def collections_of(actor: Actor, namespace: Namespace, *, limit: int = 100) -> list[Collection]:
    """What the actor may see of a namespace's collections, in its own order."""
    return list(visible_collections(actor).filter(namespace=namespace).order_by("position")[:limit])


def writable_collections(user: User, *, limit: int = 200) -> list[Collection]:
    """Those that the user may change, the last changed first."""
    mine = Collection.objects.filter(namespace__in=namespaces_for(user, Role.WRITE))
    return list(mine.select_related("namespace").order_by("-updated_at", "-pk")[:limit])


def place_of(actor: Actor, collection: Collection) -> int:
    """How many collections stand before it in the namespace's list, as the actor sees that."""
    before = visible_collections(actor).filter(
        namespace_id=collection.namespace_id, position__lt=collection.position
    )
    return before.count()


def list_collections(
    actor: Actor,
    *,
    owners: Iterable[str] = (),
    holding: Iterable[Address] = (),
    after: tuple[datetime, int] | None,
    limit: int,
) -> tuple[list[Collection], tuple[datetime, int] | None]:
    """A page of collections, the last changed first, and where the next one begins.

    `owners` are names of which any may own it; `holding` are repositories (kind, namespace, name) that must
    all be in it and visible to the actor.
    """
    found = visible_collections(actor)
    names = [Q(namespace__name__iexact=name) for name in owners]
    if names:
        found = found.filter(reduce(or_, names))
    for kind, namespace, name in holding:
        thing = visible_to(actor).filter(kind=kind, namespace__name__iexact=namespace, name__iexact=name)
        found = found.filter(pk__in=CollectionItem.objects.filter(repository__in=thing).values("collection"))
    if after is not None:
        moment, number = after
        found = found.filter(Q(updated_at__lt=moment) | Q(updated_at=moment, pk__lt=number))
    rows = list(found.order_by("-updated_at", "-pk")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return rows[:limit], (last.updated_at, last.pk) if last else None


def items_of(
    actor: Actor, collections: list[Collection], *, each: int | None = None
) -> dict[int, list[CollectionItem]]:
    """The first `each` visible items (default: all) of each collection, in order; two queries."""
    rows = CollectionItem.objects.filter(collection__in=collections)
    repositories = rows.filter(repository__in=visible_to(actor)).select_related("repository__namespace")
    heavy = ("repository__card", "repository__card_words", "repository__search")
    targets = rows.filter(target__in=visible_collections(actor)).select_related("target__namespace")
    items = [*_first(repositories.defer(*heavy), each), *_first(targets, each)]
    found: dict[int, list[CollectionItem]] = {collection.pk: [] for collection in collections}
    for item in sorted(items, key=lambda item: item.position):
        found[item.collection_id].append(item)
    return {pk: mine[:each] for pk, mine in found.items()}


def item_in(actor: Actor, collection: Collection, item_id: str) -> CollectionItem:
    """The item of that id (24 hexadecimal digits); CollectionNotFound unless the actor sees it there."""
    if re.fullmatch("[0-9a-f]{24}", item_id):
        for item in items_of(actor, [collection])[collection.pk]:
            if item.pk == int(item_id, 16):
                return item
    raise CollectionNotFound(NO_ITEM)


def _first(rows: QuerySet[CollectionItem], each: int | None) -> QuerySet[CollectionItem]:
    if each is None:
        return rows
    place = Window(RowNumber(), partition_by="collection_id", order_by=F("position").asc())
    return rows.annotate(place=place).filter(place__lte=each)
