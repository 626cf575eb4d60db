"""Which repositories hold the same bytes, since when, under which path, and who brought them there."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import AuditEvent
from hub.events import Event
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS
from hub.revisions.history import CommitInfo, commit_info
from hub.revisions.models import RepositoryBlob
from storage.selectors import commits_by_oid

SHOWN = 50


@dataclass(frozen=True)
class Holder:
    """A repository that holds the bytes; `path` is where they first stood, `commit` "" without a commit.

    `author` is whom the commit names, who may be anybody; `pusher` is the account that brought it.
    """

    repository: Repository
    path: str
    since: datetime
    commit: str
    author: str
    pusher: str


@dataclass(frozen=True)
class Holdings:
    """The repositories that are not private, the first to have had the bytes first; of others the number."""

    holders: list[Holder]
    unshown: int
    private: int


def holdings_of(sha256: str, *, most: int = SHOWN) -> Holdings:
    """Who holds a blob; five queries however many do."""
    rows = RepositoryBlob.objects.filter(sha256=sha256, state=RepositoryBlob.State.PRESENT)
    hidden = Q(repository__visibility=Repository.Visibility.PRIVATE)
    private, shown = rows.filter(hidden).count(), rows.exclude(hidden)
    first = _with_repositories(shown)[:most]
    held = list(first)
    commits = {oid: commit_info(row) for oid, row in commits_by_oid({row.commit for row in held}).items()}
    pushers = _pushers(held)
    holders = [_holder(row, commits.get(row.commit), pushers) for row in held]
    return Holdings(holders, shown.count() - len(held), private)


def _with_repositories(rows: QuerySet[RepositoryBlob]) -> QuerySet[RepositoryBlob]:
    large = [f"repository__{column}" for column in LARGE_COLUMNS]
    return (
        rows.select_related("repository__namespace__user", "upload__created_by")
        .defer(*large)
        .order_by("created_at", "id")
    )


def _pushers(held: Iterable[RepositoryBlob]) -> dict[tuple[str, str], str]:
    """Who landed each commit, by what the log calls the repository and by the commit; one query."""
    wanted = Q(pk__in=[])
    for row in held:
        if row.commit:
            wanted |= Q(subject=row.repository.subject, data__commit=row.commit)
    landed = AuditEvent.objects.filter(wanted, event=Event.COMMIT_LANDED).order_by("pk")
    return {
        (subject, commit): name
        for subject, commit, name in landed.values_list("subject", "data__commit", "actor_name")
    }


def _holder(row: RepositoryBlob, commit: CommitInfo | None, pushers: dict[tuple[str, str], str]) -> Holder:
    uploader = row.upload.created_by if row.upload else None
    pusher = pushers.get((row.repository.subject, row.commit)) or (uploader.username if uploader else "")
    author = (commit.username or commit.author) if commit else ""
    return Holder(row.repository, row.path, row.created_at, row.commit, author, pusher)
