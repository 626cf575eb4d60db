"""Keep what happened where it can be read by place and by person."""

from collections.abc import Iterable

from django.db import transaction

from accounts.models import AuditEvent, User
from contributions.activity import rules
from contributions.activity.models import Act
from contributions.activity.vocabulary import Kind
from contributions.discussions.models import Discussion
from contributions.pulls.models import PullRequest
from hub.repos.models import Repository


@transaction.atomic
def note(*, events: Iterable[AuditEvent]) -> None:
    """Keep the acts that audit events tell of; twice is once. Five queries, however many events.

    The repositories are locked in the order of their ids, so that of one that moves or turns private
    meanwhile the act is kept as it is afterwards.
    """
    events = list(events)
    repositories = {row.pk: row for row in _locked({repository_of(event) for event in events})}
    threads = Discussion.objects.in_bulk({event.data["discussion"] for event in events if _in_thread(event)})
    landed = {event.data["commit"] for event in events if "ref" in event.data}
    merges = PullRequest.objects.filter(merge_commit__in=landed, discussion__repository__in=repositories)
    merged = set(merges.values_list("discussion__repository", "merge_commit")) if landed else set()
    people = set(
        User.objects.filter(pk__in={event.actor_id for event in events}).values_list("pk", flat=True)
    )
    acts = []
    for event in events:
        repository = repositories.get(repository_of(event))
        thread = threads.get(event.data.get("discussion"))
        # What is gone has no activity, and a merge's commit is told of by the merge.
        gone = repository is None or (_in_thread(event) and thread is None)
        if gone or ("ref" in event.data and (repository.pk, event.data["commit"]) in merged):
            continue
        kind = rules.kind_of(event.event, event.data, is_pull=thread is not None and thread.is_pull)
        if kind is not None:
            user = event.actor_id if event.actor_id in people else None
            acts.append(_made(event, kind, repository, thread, user))
    Act.objects.bulk_create(acts, ignore_conflicts=True)


def _made(
    event: AuditEvent, kind: Kind, repository: Repository, thread: Discussion | None, user: int | None
) -> Act:
    committed = kind == Kind.COMMITTED
    return Act(
        event=event.pk,
        kind=kind,
        repository=repository,
        namespace_id=repository.namespace_id,
        public=_is_public(repository),
        user_id=user,
        discussion=thread,
        tag=event.data["tag"] if kind == Kind.RELEASED else "",
        commit=event.data["commit"] if committed else "",
        ref=event.data["ref"] if committed else "",
        summary=event.data["summary"] if committed else "",
        at=event.created_at,
    )


@transaction.atomic
def follow(*, repository_id: int) -> None:
    """Have a repository's acts say where it is now, and whether everybody sees it; its row is locked."""
    for repository in _locked({repository_id}):
        now = {"namespace": repository.namespace_id, "public": _is_public(repository)}
        Act.objects.filter(repository=repository).exclude(**now).update(**now)


def repository_of(event: AuditEvent) -> int:
    """The id of the repository that an event is about."""
    return int(event.subject.removeprefix("repository:"))


def _locked(ids: Iterable[int]) -> list[Repository]:
    rows = Repository.objects.filter(pk__in=ids).only("namespace", "visibility", "taken_down_at")
    return list(rows.order_by("pk").select_for_update(no_key=True))


def _in_thread(event: AuditEvent) -> bool:
    return "discussion" in event.data


def _is_public(repository: Repository) -> bool:
    return not repository.private and repository.taken_down_at is None
