"""Reads of threads; whoever asks has opened the repository for the reader."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet, Sum
from django.db.models.functions import Length, Upper

from accounts.models import User
from contributions.discussions.errors import ThreadNotFound
from contributions.discussions.models import CommentEdit, Discussion, DiscussionEvent, Reaction
from contributions.discussions.vocabulary import ENDED, UNDER_WAY, Kind
from hub.repos.models import Repository

# Of what comments said before they were edited so many characters are read in one thread.
EDITS_READ = 2_000_000
# A thread's page and its API tell of so many events, the first and the latest.
MOST_EVENTS = 1000


@dataclass(frozen=True, slots=True)
class Counts:
    """How many threads of a repository are under way, and how many have ended."""

    open: int
    closed: int


def find_thread(repository: Repository, number: int) -> Discussion:
    """The thread of that number in an opened repository, with its author; ThreadNotFound."""
    found = Discussion.objects.select_related("author__namespace").filter(
        repository=repository, number=number
    )
    thread = found.first() if number < 2**31 else None
    if thread is None:
        raise ThreadNotFound(f"There is no discussion {number} here.")
    thread.repository = repository
    return thread


def find_comment(discussion: Discussion, event_id: int) -> DiscussionEvent:
    """A comment or review whose text is shown in the thread, with its author; ThreadNotFound."""
    events = DiscussionEvent.objects.select_related("author__namespace").filter(
        discussion=discussion, kind__in=[Kind.COMMENT, Kind.REVIEW], hidden_at=None, withheld_at=None
    )
    found = events.filter(pk=event_id).first() if event_id < 2**63 else None
    if found is None:
        raise ThreadNotFound("There is no such comment here.")
    found.discussion = discussion
    return found


def threads(
    repository: Repository,
    *,
    pulls: bool | None = None,
    status: str = "all",
    author: str = "",
    words: str = "",
) -> QuerySet[Discussion]:
    """The repository's threads, newest first; `status` is open (drafts too), closed (merged too) or all."""
    found = Discussion.objects.filter(repository=repository).select_related("author__namespace")
    if pulls is not None:
        found = found.filter(is_pull=pulls)
    if status in {"open", "closed"}:
        found = found.filter(status__in=UNDER_WAY if status == "open" else ENDED)
    if author:
        found = found.filter(author__username__iexact=author)
    for word in words.split()[:8]:
        found = found.filter(title__icontains=word)
    return found.order_by("-number")


def counts(found: QuerySet[Discussion]) -> Counts:
    """How many of some threads are under way and how many have ended, in one query."""
    under_way = Count("pk", filter=Q(status__in=UNDER_WAY))
    row = found.order_by().aggregate(open=under_way, all=Count("pk"))
    return Counts(row["open"], row["all"] - row["open"])


def count_under_way(repository: Repository) -> int:
    """How many of the repository's threads are under way."""
    return Discussion.objects.filter(repository=repository, status__in=UNDER_WAY).count()


def events_of(discussion: Discussion) -> list[DiscussionEvent]:
    """What happened in a thread, the oldest first, with authors, edits and reactions; four queries.

    Of more than MOST_EVENTS the latest, and always the first. Of edits that are more than EDITS_READ together
    there are none.
    """
    rows = DiscussionEvent.objects.filter(discussion=discussion).select_related(
        "author__namespace", "hidden_by__namespace"
    )
    edits = CommentEdit.objects.order_by("pk")
    written = CommentEdit.objects.filter(event__discussion=discussion).aggregate(all=Sum(Length("text")))
    if (written["all"] or 0) > EDITS_READ:
        edits = edits.none()
    reactions = Reaction.objects.select_related("user").order_by("pk")
    rows = rows.prefetch_related(Prefetch("edits", edits), Prefetch("reactions", reactions))
    found = list(rows.order_by("-pk")[:MOST_EVENTS])[::-1]
    if len(found) == MOST_EVENTS:
        first = rows.order_by("pk")[:1]
        found = [event for event in first if event.pk != found[0].pk] + found
    return found


def event_in_full(event: DiscussionEvent) -> DiscussionEvent:
    """One event as `events_of` reads it."""
    rows = DiscussionEvent.objects.select_related("author__namespace", "hidden_by__namespace")
    edits = CommentEdit.objects.order_by("pk")
    return rows.prefetch_related(Prefetch("edits", edits)).get(pk=event.pk)


def participants(discussion: Discussion) -> list[User]:
    """Whoever opened the thread or did something in it, each once, and is not suspended."""
    spoke = DiscussionEvent.objects.filter(discussion=discussion).values("author")
    people = User.objects.filter(Q(pk__in=spoke) | Q(pk=discussion.author_id), suspended_at=None)
    return list(people.select_related("namespace").order_by("username"))


def users_named(names: Collection[str]) -> list[User]:
    """The users of those names, in any letter case; nobody suspended."""
    people = User.objects.annotate(called=Upper("namespace__name")).filter(
        called__in={name.upper() for name in names}, suspended_at=None
    )
    return list(people.select_related("namespace"))
