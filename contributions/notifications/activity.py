"""What happened lately in repositories, as feeds tell it: threads that were opened, and releases."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.db.models import Q, QuerySet

from accounts.actors import ANONYMOUS
from accounts.models import Namespace
from contributions.discussions.models import Discussion
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, visible_to
from hub.revisions.models import Release


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody did, with the path of the page that shows it, as addresses spell it."""

    kind: str
    title: str
    path: str
    author: str
    at: datetime
    repository: str


def of_repository(repository: Repository, *, limit: int) -> list[Act]:
    """The latest threads and releases of an opened repository, and that it was made; three queries."""
    here = Repository.objects.filter(pk=repository.pk)
    return _latest(here, Q(repository=repository), limit)


def of_namespace(namespace: Namespace, *, limit: int) -> list[Act]:
    """What anybody may know of a namespace's repositories, and of threads that its user opened elsewhere."""
    public = visible_to(ANONYMOUS).select_related(None)
    own = public.filter(namespace=namespace)
    threads = Q(repository__in=own)
    if namespace.user_id is not None:
        threads |= Q(author=namespace.user_id, repository__in=public)
    return _latest(own, threads, limit)


def _latest(repositories: QuerySet[Repository], threads: Q, limit: int) -> list[Act]:
    large = [f"repository__{name}" for name in LARGE_COLUMNS]
    opened = (
        Discussion.objects.filter(threads).select_related("repository__namespace", "author").defer(*large)
    )
    released = Release.objects.filter(repository__in=repositories).defer(*large)
    released = released.select_related("repository__namespace", "author", "tag")
    made = repositories.select_related("namespace").defer(*LARGE_COLUMNS)
    acts = [_opened(row) for row in opened.order_by("-created_at")[:limit]]
    acts += [_released(row) for row in released.order_by("-created_at")[:limit]]
    acts += [_made(row) for row in made.order_by("-created_at")[:limit]]
    return sorted(acts, key=lambda act: act.at, reverse=True)[:limit]


def _opened(row: Discussion) -> Act:
    kind = "pull" if row.is_pull else "discussion"
    return _act(
        kind, f"{row.title} (#{row.number})", quote(row.url_path), row.author, row.created_at, row.repository
    )


def _released(row: Release) -> Act:
    tag = row.tag.short_name
    path = f"{quote(row.repository.url_path)}/release/{quote(tag, safe='')}"
    title = row.title if row.title == tag else f"{tag}: {row.title}"
    return _act("release", title, path, row.author, row.created_at, row.repository)


def _made(row: Repository) -> Act:
    return _act(row.kind, row.full_name, quote(row.url_path), None, row.created_at, row)


def _act(kind: str, title: str, path: str, author: object, at: datetime, repository: Repository) -> Act:
    return Act(kind, title, path, getattr(author, "username", ""), at, repository.full_name)
