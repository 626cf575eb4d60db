"""Every change to collections.

A namespace's row is locked while its list of collections changes, a collection's row while its items do, so
that of two changes at once one follows the other; whoever needs both locks the namespace first.
"""

from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet

from accounts import audit
from accounts.actors import Actor
from accounts.models import Namespace, User
from hub.collections.models import DESCRIPTION_MAX, NOTE_MAX, TITLE_MAX, Collection, CollectionItem
from hub.collections.selectors import NO_ITEM, NOT_FOUND, collections_of, items_of
from hub.errors import CollectionExists, CollectionNotFound, InvalidInput, RepoNotFound
from hub.events import Event
from hub.repos.models import Repository

COLLECTIONS_MAX, ITEMS_MAX = 1000, 1000


@transaction.atomic
def create_collection(
    *, namespace: Namespace, title: str, description: str, private: bool, actor_user: User
) -> Collection:
    """Add an empty collection at the end of the namespace's list.

    CollectionExists when it has one of that title in any letter case; InvalidInput for a bad text, or when it
    has 1000 already.
    """
    _lock_namespace(namespace.pk)
    others = Collection.objects.filter(namespace=namespace)
    if others.count() >= COLLECTIONS_MAX:
        raise InvalidInput(f"{namespace.name} has {COLLECTIONS_MAX} collections, which is the most.", "title")
    collection = Collection(
        namespace=namespace,
        title=checked_title(title),
        description=checked_text(description, "description", DESCRIPTION_MAX),
        private=private,
        position=_end(others),
        created_by=actor_user,
    )
    _save_unless_taken(collection)
    _record(Event.COLLECTION_CREATED, collection, actor_user, title=collection.title, private=private)
    return collection


@transaction.atomic
def update_collection(
    *,
    collection: Collection,
    actor: Actor,
    title: str | None = None,
    description: str | None = None,
    private: bool | None = None,
    theme: str | None = None,
    position: int | None = None,
) -> Collection:
    """Change what is given; `position` counts the collections that the actor sees, the last is the end.

    Raises InvalidInput, CollectionExists, or CollectionNotFound when it is gone.
    """
    _lock_namespace(collection.namespace_id)
    changed = _lock(collection.pk)
    before = {name: getattr(changed, name) for name in ("title", "description", "private", "theme")}
    if theme is not None and theme not in Collection.Theme.values:
        raise InvalidInput(f"theme must be one of {', '.join(Collection.Theme.values)}.", "theme")
    given = {
        "title": None if title is None else checked_title(title),
        "description": None
        if description is None
        else checked_text(description, "description", DESCRIPTION_MAX),
        "private": private,
        "theme": theme,
    }
    for name, value in given.items():
        if value is not None:
            setattr(changed, name, value)
    if position is not None:
        visible = collections_of(actor, changed.namespace, limit=COLLECTIONS_MAX)
        changed.position = _place(
            Collection.objects.filter(namespace=changed.namespace_id), changed.pk, visible, position
        )
    _save_unless_taken(changed)
    differing = {name: getattr(changed, name) for name in before if getattr(changed, name) != before[name]}
    _record(Event.COLLECTION_CHANGED, changed, actor.user, moved=position is not None, **differing)
    return changed


@transaction.atomic
def delete_collection(*, collection: Collection, actor_user: User) -> None:
    """Delete a collection, also from other collections; what was in it stays. CollectionNotFound."""
    locked = _lock(collection.pk)
    _record(Event.COLLECTION_DELETED, locked, actor_user, title=locked.title)
    locked.delete()


@transaction.atomic
def add_item(
    *, collection: Collection, thing: Repository | Collection, note: str, actor_user: User
) -> CollectionItem:
    """Add a repository or another collection at the end.

    CollectionExists when it is there already; InvalidInput for a bad note, itself, or more than 1000 items;
    CollectionNotFound or RepoNotFound when one of the two is gone.
    """
    what = {"repository": thing} if isinstance(thing, Repository) else {"target": thing}
    if thing == collection:
        raise InvalidInput("A collection cannot be in itself.", "item.id")
    note = checked_text(note, "note", NOTE_MAX)
    locked = _lock_both(collection, thing)
    items = CollectionItem.objects.filter(collection=locked)
    if items.filter(**what).exists():
        raise CollectionExists("This item is in the collection already.", locked.slug)
    if items.count() >= ITEMS_MAX:
        raise InvalidInput(f"A collection has at most {ITEMS_MAX} items.", "item")
    item = CollectionItem.objects.create(collection=locked, note=note, position=_end(items), **what)
    locked.save(update_fields=["updated_at"])
    _record(Event.COLLECTION_ITEM_ADDED, locked, actor_user, item=item.pk, thing=thing.subject)
    return item


@transaction.atomic
def update_item(
    *, item: CollectionItem, actor: Actor, note: str | None = None, position: int | None = None
) -> None:
    """Change an item's note or place; `position` counts the items that the actor sees.

    Raises InvalidInput, or CollectionNotFound when it is gone.
    """
    collection = _lock(item.collection_id)
    rows = CollectionItem.objects.filter(collection=collection)
    if not rows.filter(pk=item.pk).exists():
        raise CollectionNotFound(NO_ITEM)
    if note is not None:
        rows.filter(pk=item.pk).update(note=checked_text(note, "note", NOTE_MAX))
    if position is not None:
        visible = items_of(actor, [collection])[collection.pk]
        rows.filter(pk=item.pk).update(position=_place(rows, item.pk, visible, position))
    collection.save(update_fields=["updated_at"])
    _record(
        Event.COLLECTION_ITEM_CHANGED,
        collection,
        actor.user,
        item=item.pk,
        noted=note is not None,
        moved=position is not None,
    )


@transaction.atomic
def remove_item(*, item: CollectionItem, actor_user: User) -> None:
    """Take an item out of its collection; CollectionNotFound when it is gone."""
    collection = _lock(item.collection_id)
    gone, _ = CollectionItem.objects.filter(pk=item.pk).delete()
    if not gone:
        raise CollectionNotFound(NO_ITEM)
    collection.save(update_fields=["updated_at"])
    _record(Event.COLLECTION_ITEM_REMOVED, collection, actor_user, item=item.pk)


def checked_title(title: str) -> str:
    """The title without spaces around it; InvalidInput when it is empty or longer than 60 characters."""
    if not title.strip():
        raise InvalidInput("title must not be empty.", "title")
    return checked_text(title.strip(), "title", TITLE_MAX)


def checked_text(text: str, field: str, most: int) -> str:
    """The text; InvalidInput when it is longer than `most` characters."""
    if len(text) > most:
        raise InvalidInput(f"{field} has at most {most} characters.", field)
    return text


def _lock_namespace(namespace_id: int) -> None:
    Namespace.objects.select_for_update(no_key=True).get(pk=namespace_id)


def _lock(collection_id: int) -> Collection:
    rows = Collection.objects.select_for_update(no_key=True, of=("self",)).select_related("namespace")
    locked = rows.filter(pk=collection_id).first()
    if locked is None:
        raise CollectionNotFound(NOT_FOUND)
    return locked


def _lock_both(collection: Collection, thing: Repository | Collection) -> Collection:
    """Lock the collection, and what is to be in it so that it does not go meanwhile.

    Two collections are locked in the order of their ids, or each could wait for the other.
    """
    if isinstance(thing, Repository):
        locked = _lock(collection.pk)
        rows = Repository.objects.select_for_update(no_key=True).filter(pk=thing.pk)
        if not rows.values_list("pk", flat=True):
            raise RepoNotFound("Repository not found")
        return locked
    both = {pk: _lock(pk) for pk in sorted([collection.pk, thing.pk])}
    return both[collection.pk]


def _end(rows: QuerySet) -> int:
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


def _place(rows: QuerySet, moved: int, visible: list, position: int) -> int:
    """The stored position that puts a row at a place among the visible others; room is made for it."""
    if position < 0:
        raise InvalidInput("position must not be negative.", "position")
    others = [row for row in visible if row.pk != moved]
    if position >= len(others):
        return _end(rows)
    place = others[position].position
    rows.filter(position__gte=place).update(position=F("position") + 1)
    return place


def _save_unless_taken(collection: Collection) -> None:
    """Save it; CollectionExists when the namespace has another one of that title."""
    same = Collection.objects.filter(namespace_id=collection.namespace_id, title__iexact=collection.title)
    try:
        with transaction.atomic():
            collection.save()
    except IntegrityError as problem:
        other = same.exclude(pk=collection.pk).select_related("namespace").first()
        if other is None:
            raise
        raise CollectionExists(
            f"{other.namespace.name} already has a collection called {other.title}.", other.slug
        ) from problem


def _record(event: Event, collection: Collection, actor_user: User | None, **data: object) -> None:
    audit.record(event, actor=actor_user, subject=collection.subject, slug=collection.slug, **data)
