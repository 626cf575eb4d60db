"""Collections and what is in them."""

from datetime import datetime
from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.collections import selectors, services
from hub.collections.models import Collection
from hub.errors import InvalidInput
from hub.follows.selectors import namespace_named
from hub.http.huggingface import shapes_social as shapes
from hub.http.huggingface.base import HubView, json_object, text_field
from hub.http.links import endpoint
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.repos.models import Repository

DEFAULT_LIMIT, MAX_LIMIT = 100, 100
# In a list, a collection shows its first items only; the client says so to its users.
SHOWN = 4
FILTERS = 20
# Nobody can vote here, so that whatever the client sorts by, the last changed comes first.
SORTS = ("lastModified", "trending", "upvotes")
KINDS = {f"{kind}s": kind for kind in Repository.Kind.values}
ELSEWHERE = ("spaces", "papers", "buckets", "kernels", "collections")


class CollectionView(HubView):
    """A view of one collection, whose address is in the route as owner and slug."""

    def open(self, *, write: bool = False) -> Collection:
        """The collection of the address, if the caller may see it, or change it."""
        return selectors.open_collection(self.actor, self.kwargs["owner"], self.kwargs["slug"], write=write)

    def shape(self, collection: Collection) -> dict[str, Any]:
        """The whole collection, as the caller sees it."""
        return shapes.collection(
            endpoint(self.request),
            collection,
            selectors.items_of(self.actor, [collection])[collection.pk],
            place=selectors.place_of(self.actor, collection),
        )


class Collections(CollectionView):
    """`GET` and `POST /api/collections`."""

    def get(self, request: Request) -> Response:
        """One page of the collections that the caller may see, each with its first items."""
        query = request.query_params
        if query.get("sort", SORTS[0]) not in SORTS:
            raise InvalidInput(f"sort must be one of {', '.join(SORTS)}.", "sort")
        after = read_cursor(request, order="collections")
        limit = page_size(request, default=DEFAULT_LIMIT, most=MAX_LIMIT)
        holding = [address_of(item) for item in few(query.getlist("item"), "item")]
        if None in holding:
            return Response([])
        rows, onward = selectors.list_collections(
            self.actor,
            owners=few(query.getlist("owner"), "owner"),
            holding=holding,
            after=after and (datetime.fromisoformat(after[0]), after[1]),
            limit=limit,
        )
        items = selectors.items_of(self.actor, rows, each=SHOWN)
        listed = [shapes.collection(endpoint(request), row, items[row.pk]) for row in rows]
        position = onward and [onward[0].isoformat(), onward[1]]
        return cursor_response(request, listed, position, order="collections")

    def post(self, request: Request) -> Response:
        """The new collection; 409 with the slug of the one that has the title already."""
        data = json_object(request)
        name = text_field(data, "namespace", default="") or self.user.namespace.name
        namespace = namespace_named(name)
        selectors.require_writer(self.actor, namespace)
        if data.get("resourceGroupId") is not None:
            raise InvalidInput("This hub has no resource groups.", "resourceGroupId")
        collection = services.create_collection(
            namespace=namespace,
            title=text_field(data, "title"),
            description=text_field(data, "description", default=""),
            private=flag(data, "private") or False,
            actor_user=self.user,
        )
        return Response(self.shape(collection))


class OneCollection(CollectionView):
    """`GET`, `PATCH` and `DELETE /api/collections/{slug}`."""

    def get(self, request: Request, **address: str) -> Response:
        """The collection with all items that the caller may see."""
        return Response(self.shape(self.open()))

    def patch(self, request: Request, **address: str) -> Response:
        """Change what the body names; the new slug is in the answer, the old one keeps leading here."""
        collection, data = self.open(write=True), json_object(request)
        texts = {name: text_field(data, name) for name in ("title", "description", "theme") if name in data}
        changed = services.update_collection(
            collection=collection,
            actor=self.actor,
            private=flag(data, "private"),
            position=place(data),
            **texts,
        )
        return Response({"success": True, "data": self.shape(changed)})

    def delete(self, request: Request, **address: str) -> Response:
        """Delete the collection."""
        services.delete_collection(collection=self.open(write=True), actor_user=self.user)
        return Response({})


class Items(CollectionView):
    """`POST /api/collections/{slug}/items`."""

    def post(self, request: Request, **address: str) -> Response:
        """Add a repository or a collection that the caller may see; the answer is the whole collection."""
        collection, data = self.open(write=True), json_object(request)
        item = data.get("item")
        if not isinstance(item, dict):
            raise InvalidInput("item must be an object with id and type.", "item")
        services.add_item(
            collection=collection,
            thing=self._thing(text_field(item, "type"), text_field(item, "id")),
            note=text_field(data, "note", default=""),
            actor_user=self.user,
        )
        return Response(self.shape(self.open()))

    def _thing(self, kind: str, item_id: str) -> Repository | Collection:
        if kind == "collection":
            owner, _, slug = item_id.partition("/")
            return selectors.open_collection(self.actor, owner, slug)
        if kind not in Repository.Kind.values:
            raise InvalidInput("type must be model, dataset or collection: this hub has no others.", "type")
        return self.open_named(
            kind, *repository_id(item_id.removeprefix(f"{kind}s/"), "id"), action=Action.READ
        )


class OneItem(CollectionView):
    """`PATCH` and `DELETE /api/collections/{slug}/items/{item}`."""

    def patch(self, request: Request, item: str, **address: str) -> Response:
        """Change the item's note, or its place among those that the caller sees."""
        found = selectors.item_in(self.actor, self.open(write=True), item)
        data = json_object(request)
        note = text_field(data, "note") if "note" in data else None
        services.update_item(item=found, actor=self.actor, note=note, position=place(data))
        return Response({"success": True})

    def delete(self, request: Request, item: str, **address: str) -> Response:
        """Take the item out of the collection."""
        found = selectors.item_in(self.actor, self.open(write=True), item)
        services.remove_item(item=found, actor_user=self.user)
        return Response({"success": True})


def address_of(item: str) -> selectors.Address | None:
    """The repository that a filter names (`models/namespace/name`); None for kinds that this hub has not."""
    plural, _, rest = item.partition("/")
    if plural in ELSEWHERE:
        return None
    if plural not in KINDS:
        raise InvalidInput("item must be models/namespace/name or datasets/namespace/name.", "item")
    return (KINDS[plural], *repository_id(rest, "item"))


def repository_id(text: str, field: str) -> tuple[str, str]:
    """The two parts of `namespace/name`; InvalidInput for anything else."""
    namespace, slash, name = text.partition("/")
    if not (namespace and slash and name) or "/" in name:
        raise InvalidInput(f"{field} must name a repository as namespace/name.", field)
    return namespace, name


def few(values: list[str], field: str) -> list[str]:
    """The values of a filter, at most 20."""
    if len(values) > FILTERS:
        raise InvalidInput(f"{field} can be given at most {FILTERS} times.", field)
    return values


def flag(data: dict[str, Any], name: str) -> bool | None:
    """A boolean in a body; None when it is not there."""
    value = data.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(f"{name} must be true or false.", name)
    return value


def place(data: dict[str, Any]) -> int | None:
    """The position in a body, counted from 0; None when it is not there."""
    value = data.get("position")
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 0):
        raise InvalidInput("position must be a whole number, counted from 0.", "position")
    return value
