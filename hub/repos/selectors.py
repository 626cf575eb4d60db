"""Reads of the catalogue; every list is cut to what the actor may see."""

import re
from collections.abc import Collection

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F, OuterRef, Q, QuerySet

from accounts.actors import Actor
from accounts.grants import Scope
from accounts.models import Namespace, User
from accounts.names import could_be_name
from accounts.selectors import member_role, note_role
from accounts.statements import Statement
from hub.repos.models import FormerAddress, Repository

LARGE_COLUMNS = frozenset({"card", "card_words", "search"})
SORTS = {
    "updated": ("-updated_at", "-id"),
    "created": ("-created_at", "-id"),
    "downloads": ("-downloads", "-id"),
    "likes": ("-likes", "-id"),
    "name": ("name", "id"),
}


def repository_by_address(
    kind: str, namespace: str, name: str, *, asker: User | None = None
) -> Repository | None:
    """The repository of that address in any letter case, whoever may see it; doors use open_repo.

    What `asker` is in its namespace comes along, so that `role_in` needs no query of its own.
    """
    if not (could_be_name(namespace) and could_be_name(name)):
        return None
    repository = ADDRESSED.first(kind=kind, namespace=namespace, name=name, asker=asker.pk if asker else 0)
    return _noted(repository, asker)


def repository_formerly_at(
    kind: str, namespace: str, name: str, *, asker: User | None = None
) -> Repository | None:
    """The repository that left an address which nobody has taken since; None if there is none."""
    if not (could_be_name(namespace) and could_be_name(name)):
        return None
    former = FormerAddress.objects.filter(kind=kind, namespace__iexact=namespace, name__iexact=name)
    found = _with_role(
        Repository.objects.filter(pk=former.values("repository")[:1]), asker.pk if asker else 0
    )
    return _noted(found.first(), asker)


def _addressed(kind: str, namespace: str, name: str, asker: int) -> QuerySet[Repository]:
    found = Repository.objects.filter(kind=kind, namespace__name__iexact=namespace, name__iexact=name)
    return _with_role(found, asker)


def _with_role(found: QuerySet[Repository], asker: int) -> QuerySet[Repository]:
    """The repositories with what the asker is in their namespace, and without what only searches read."""
    found = found.select_related("namespace").defer("card_words", "search")
    return found.annotate(asker_role=member_role(asker, OuterRef("namespace_id")))


def _noted(repository: Repository | None, asker: User | None) -> Repository | None:
    if repository is not None and asker is not None:
        note_role(asker, repository.namespace, repository.asker_role)
    return repository


ADDRESSED = Statement(_addressed, kind="a kind", namespace="a namespace", name="a name", asker=-1)


def repository_by_id(repository_id: int) -> Repository | None:
    """The repository of that id, for tasks."""
    return Repository.objects.select_related("namespace__user").filter(pk=repository_id).first()


def visible_to(actor: Actor) -> QuerySet[Repository]:
    """Public repositories, and the private ones of namespaces where the actor is a member.

    With a fine-grained token, private ones only where the token is granted something.
    """
    seen = Q(visibility=Repository.Visibility.PUBLIC, taken_down_at=None)
    if actor.user is not None:
        mine = Q(namespace__user=actor.user)
        mine |= Q(namespace__in=Namespace.objects.filter(memberships__user=actor.user))
        seen |= mine & _granted(actor.scope)
    return Repository.objects.filter(seen).select_related("namespace__user")


def _granted(scope: Scope | None) -> Q:
    if scope is None:
        return Q()
    return Q(namespace_id__in=scope.namespace_ids) | Q(pk__in=scope.repository_ids)


def search_repositories(
    actor: Actor,
    *,
    kind: str | None = None,
    search: str = "",
    author: str | None = None,
    tags: list[str] | None = None,
    pipeline_tag: str | None = None,
    sort: str = "updated",
    offset: int = 0,
    limit: int = 30,
    columns: Collection[str] = (),
) -> tuple[list[Repository], bool]:
    """One page of repositories, and whether there are more; with words, the best match comes first.

    Of the large columns only those in `columns` are loaded.
    """
    found = visible_to(actor)
    if kind:
        found = found.filter(kind=kind)
    if author:
        found = found.filter(namespace__name__iexact=author)
    if tags:
        found = found.filter(tags__contains=tags)
    if pipeline_tag:
        found = found.filter(pipeline_tag=pipeline_tag)
    order = SORTS[sort]
    query = prefix_query(search)
    if query is not None:
        found = found.filter(search=query).annotate(rank=SearchRank(F("search"), query))
        order = ("-rank", *order) if sort == "updated" else order
    found = found.order_by(*order).defer(*LARGE_COLUMNS.difference(columns))
    rows = list(found[offset : offset + limit + 1])
    return rows[:limit], len(rows) > limit


def repositories_of(actor: Actor, namespace: Namespace, *, limit: int = 200) -> list[Repository]:
    """What the actor may see of a namespace's repositories, last changed first."""
    found = visible_to(actor).filter(namespace=namespace).order_by("-updated_at", "-id")
    return list(found.defer(*LARGE_COLUMNS)[:limit])


def prefix_query(search: str) -> SearchQuery | None:
    """Every word, each as the beginning of a word; None when there is no word in the search."""
    words = re.findall(r"\w+", search)[:10]
    if not words:
        return None
    return SearchQuery(" & ".join(f"'{word}':*" for word in words), search_type="raw", config="simple")
