"""Lists of the catalogue as somebody asks for them: filtered, in an order, page by page."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext

from accounts.actors import Actor
from accounts.selectors import namespace_by_name
from hub.errors import InvalidInput
from hub.repos.listing import Catalogue, Condition, Place
from hub.repos.models import Repository
from hub.repos.search import POPULARITY, Found, Search
from hub.repos.selectors import LARGE_COLUMNS, namespaces_seen, visible_to
from hub.repos.words import words_of

RELEVANCE = "relevance"
SORTS = ("updated", "created", "downloads", "likes", "trending")
MOST_FILTERS = 50
LONGEST_SEARCH = 500
NOTHING = Condition("false")


@dataclass(frozen=True)
class Wanted:
    """Which repositories; what is left out does not matter.

    `parameters` and `size` (bytes) are the least and the most.
    """

    kind: str
    search: str = ""
    author: str = ""
    tags: Sequence[str] = ()
    # Of these tags one is enough; an empty list asks for nothing.
    any_tags: Sequence[str] = ()
    pipeline_tag: str = ""
    gated: bool | None = None
    parameters: tuple[int | None, int | None] = (None, None)
    size: tuple[int | None, int | None] = (None, None)
    # "yes" is without conditions, "conditional" with or without them.
    commercial_use: str = ""
    # Whether a licence's text has to be there, and that nothing about its licence contradicts itself.
    licence_text: bool = False
    licence_clear: bool = False
    # Whether something is asked for that nothing here has.
    impossible: bool = False

    def conditions(self) -> list[Condition]:
        """The same for the database; at most one query, to find the author."""
        found = [NOTHING] if self.impossible else []
        if self.author:
            namespace = namespace_by_name(self.author)
            found.append(Condition("r.namespace_id = %s", (namespace.pk,)) if namespace else NOTHING)
            if namespace and self.search:
                # Its repositories have its name among their words, by which a search finds them the quickest.
                words = " & ".join(words_of(namespace.name))
                found.append(Condition("r.search @@ %s::tsquery", (words,)))
        if tags := [*self.tags, *([self.pipeline_tag] if self.pipeline_tag else [])]:
            found.append(Condition("r.tags @> %s::varchar[]", (tags,)))
        if self.any_tags:
            found.append(Condition("r.tags && %s::varchar[]", (list(self.any_tags),)))
        if self.pipeline_tag:
            found.append(Condition("r.pipeline_tag = %s", (self.pipeline_tag,)))
        if self.gated is not None:
            found.append(Condition("r.gated <> ''" if self.gated else "r.gated = ''"))
        if self.commercial_use:
            answers = ["yes", *(["conditional"] if self.commercial_use == "conditional" else [])]
            found.append(Condition("r.commercial_use = ANY(%s::varchar[])", (answers,)))
        if self.licence_text:
            found.append(Condition("r.licence_text"))
        if self.licence_clear:
            found.append(Condition("r.licence_clear"))
        for column, bounds in (("r.parameters", self.parameters), ("r.size", self.size)):
            for sign, number in zip((">=", "<="), bounds, strict=True):
                if number is not None:
                    found.append(Condition(f"{column} IS NOT NULL AND {column} {sign} %s::bigint", (number,)))
        return found


@dataclass(frozen=True)
class Listing:
    """A page: ids in their order, where each stands, and where the next page goes on (None at the end)."""

    ids: list[int]
    positions: list[list[Any]]
    after: list[Any] | None


def list_repositories(
    actor: Actor, wanted: Wanted, *, sort: str = "updated", after: list[Any] | None = None, limit: int = 30
) -> Listing:
    """One page of the repositories that the actor may see; `sort` is one of SORTS, or RELEVANCE for a search.

    A page may be shorter than `limit` and not the last. Rows that nobody changes between two pages are on
    exactly one of them. InvalidInput names what asks for too much.
    """
    conditions = conditions_of(wanted)
    if NOTHING in conditions:
        return Listing([], [], None)
    search = Search.of(wanted.search)
    by_relevance = sort == RELEVANCE and search is not None
    order = POPULARITY if by_relevance else "updated" if sort == RELEVANCE else sort
    if after is not None and len(after) != (3 if by_relevance else 2):
        # With other words of the search, or without any, a list by relevance is another one.
        raise InvalidInput(
            gettext("The cursor does not belong to this list. Begin again without it."), "cursor"
        )
    catalogue = Catalogue(wanted.kind, order, hidden_seen(actor))
    if by_relevance:
        start = Found(after[0], _place(order, after[1:])) if after else None
        found, following = search.page(catalogue, conditions, after=start, limit=limit)
        return Listing(
            [item.place.id for item in found],
            [_position(item.place, item.step) for item in found],
            _position(following.place, following.step) if following else None,
        )
    page = catalogue.page(
        [*conditions, *([search.anywhere] if search else [])], after=_place(order, after), limit=limit
    )
    return Listing(
        [place.id for place in page.places],
        [_position(place) for place in page.places],
        _position(page.after) if page.after else None,
    )


def conditions_of(wanted: Wanted) -> list[Condition]:
    """What is asked for as conditions, the search left out; InvalidInput names what asks for too much."""
    if len(wanted.search) > LONGEST_SEARCH:
        raise InvalidInput(gettext("A search has at most %d characters.") % LONGEST_SEARCH, "search")
    if len(wanted.tags) > MOST_FILTERS:
        raise InvalidInput(gettext("At most %d filters go together.") % MOST_FILTERS, "filter")
    # Signs alone are no words: nothing is called so, rather than everything.
    nothing = wanted.search.strip() and not words_of(wanted.search)
    return [NOTHING] if nothing else wanted.conditions()


def listed(actor: Actor, ids: Sequence[int], *, columns: Collection[str] = ()) -> list[Repository]:
    """The repositories of those ids that the actor may see, in that order; one query.

    Of the large columns only those in `columns` are loaded.
    """
    found = visible_to(actor).filter(pk__in=ids).defer(*LARGE_COLUMNS.difference(columns))
    by_id = {repository.pk: repository for repository in found}
    return [by_id[pk] for pk in ids if pk in by_id]


def hidden_seen(actor: Actor) -> Condition | None:
    """What the actor may see of what is not public, as `visible_to` says it."""
    if actor.user is None:
        return None
    ids = list(namespaces_seen(actor.user).values_list("pk", flat=True))
    mine = Condition("r.namespace_id = ANY(%s::bigint[])", (ids,))
    if actor.scope is None:
        return mine
    granted = "r.namespace_id = ANY(%s::bigint[]) OR r.id = ANY(%s::bigint[])"
    return Condition(
        f"{mine.sql} AND ({granted})", (*mine.values, actor.scope.namespace_ids, actor.scope.repository_ids)
    )


def _position(place: Place | None, *step: int) -> list[Any]:
    """A place as JSON, for a cursor."""
    if place is None:
        return [*step, None, None]
    key = place.key.isoformat() if isinstance(place.key, datetime) else place.key
    return [*step, key, place.id]


def _place(order: str, position: list[Any] | None) -> Place | None:
    if position is None or position[1] is None:
        return None
    key, pk = position
    return Place(datetime.fromisoformat(key) if order in ("updated", "created") else key, pk)
