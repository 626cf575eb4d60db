"""Reads of what people want to know, and of what they are told: never of what they may not see now."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from accounts.actors import Actor
from accounts.addresses import confirmed_addresses
from accounts.models import AuditEvent, Membership, Namespace, User
from accounts.roles import Role
from accounts.selectors import note_role, people_with_role
from contributions.discussions.models import SHOWN, Discussion, DiscussionEvent
from contributions.discussions.rules import mentioned
from contributions.discussions.selectors import participants, users_named
from contributions.discussions.vocabulary import Kind, Status, Verdict
from contributions.notifications import rules
from contributions.notifications.models import Notification, Preference, Told, Watch
from contributions.notifications.vocabulary import MAILED, Happened, Level, Pace, Reason
from contributions.pulls.services import PREFIX
from hub.access.policy import Action
from hub.access.services import may
from hub.events import Event
from hub.repos.gates import note_status
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, repository_by_id, visible_to

EVENTS = (
    *(Event.DISCUSSION_OPENED, Event.DISCUSSION_COMMENTED, Event.DISCUSSION_STATUS),
    *(Event.PULL_REVIEWED, Event.PULL_MERGED, Event.RELEASE_MADE),
)
STATUS = {Status.OPEN: Happened.REOPENED, Status.CLOSED: Happened.CLOSED, Status.DRAFT: Happened.DRAFT}
# A mark beside a number of unread news that is no more counted.
MOST_COUNTED = 99
# What was told of longer ago is not looked for.
LOOKED_FOR = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class News:
    """What an audit event says to people: `comment` is the thread's event that shows it, if one does."""

    event: AuditEvent
    happened: Happened
    repository: Repository
    actor: User | None
    discussion: Discussion | None = None
    comment: DiscussionEvent | None = None
    tag: str = ""


@dataclass(frozen=True, slots=True)
class Wish:
    """How somebody is told of one kind."""

    kind: Reason
    web: bool
    mail: str


def news_of(event: AuditEvent) -> News | None:
    """What an audit event says to people; None when its thread or repository is gone, or nobody is told."""
    repository = repository_by_id(int(event.subject.removeprefix("repository:")))
    if repository is None:
        return None
    # The log keeps who did it even if they left.
    actor = User.objects.filter(pk=event.actor_id).first()
    if event.event == Event.RELEASE_MADE:
        return News(event, Happened.RELEASED, repository, actor, tag=event.data["tag"])
    thread, happened = _thread_of(repository, event), _happened(event)
    if thread is None or happened is None:
        return None
    return News(event, happened, repository, actor, thread, _shown_by(thread, event))


def _thread_of(repository: Repository, event: AuditEvent) -> Discussion | None:
    found = Discussion.objects.filter(repository=repository)
    if event.event == Event.COMMIT_LANDED:
        return found.filter(is_pull=True, number=int(event.data["ref"].removeprefix(PREFIX))).first()
    return found.filter(pk=event.data["discussion"]).first()


def _happened(event: AuditEvent) -> Happened | None:
    match event.event:
        case Event.DISCUSSION_STATUS:
            # That it was merged is told by the event of the merge.
            return STATUS.get(event.data["status"])
        case Event.PULL_REVIEWED:
            return Happened.APPROVED if event.data["verdict"] == Verdict.APPROVE else Happened.CHANGES
        case Event.COMMIT_LANDED:
            return Happened.COMMITS
        case Event.PULL_MERGED:
            return Happened.MERGED
        case Event.DISCUSSION_OPENED:
            return Happened.OPENED
        case _:
            return Happened.COMMENTED


def _shown_by(thread: Discussion, event: AuditEvent) -> DiscussionEvent | None:
    said = DiscussionEvent.objects.filter(discussion=thread)
    if "comment" in event.data:
        return said.filter(pk=event.data["comment"]).first()
    if event.event == Event.COMMIT_LANDED:
        return None
    return said.filter(kind=Kind.STATUS, created_at__lte=event.created_at).order_by("-pk").first()


def to_tell(news: News) -> dict[User, Wish]:
    """Whom to tell, why and how; queries do not grow with their number."""
    found = rules.reasons(news.happened, _around(news), actor=news.event.actor_id)
    people = User.objects.filter(pk__in=found, suspended_at=None).select_related("namespace")
    wishes = wishes_of(found)
    told = {}
    for user in readers(list(people), news.repository):
        wish = wishes[user.pk][found[user.pk]]
        if wish.web or wish.mail != Pace.NEVER:
            told[user] = wish
    return told


def _around(news: News) -> rules.Around:
    repository, thread = news.repository, news.discussion
    watched = Q(repository=repository) | Q(namespace=repository.namespace_id)
    if thread is not None:
        watched |= Q(discussion=thread)
    rows = Watch.objects.filter(watched).values_list("user", "level", "discussion", "repository")
    levels = rules.levels(rows)
    if thread is None:
        return rules.Around(levels=levels)
    names = mentioned(news.comment.text) if news.comment and not news.comment.hidden else []
    opened = news.happened == Happened.OPENED
    own = people_with_role([repository.namespace_id], Role.WRITE)[repository.namespace_id] if opened else []
    return rules.Around(
        author=thread.author_id,
        named={user.pk for user in users_named(names)} if names else (),
        # Whoever takes part in a new thread came after it was opened.
        participants=() if opened else {user.pk for user in participants(thread)},
        own={user.pk for user in own},
        levels=levels,
    )


def readers(people: Iterable[User], repository: Repository) -> list[User]:
    """Those who may read the repository now; one query for all of them."""
    people = list(people)
    rows = Membership.objects.filter(organisation=repository.namespace_id, user__in=people)
    roles = dict(rows.values_list("user", "role"))
    found = []
    for user in people:
        note_role(user, repository.namespace, roles.get(user.pk))
        # Whether somebody was let in through the gate is no matter of reading.
        note_status(user.pk, repository, None)
        if may(Actor(user, None), repository, Action.READ):
            found.append(user)
    return found


def wishes_of(users: Collection[int]) -> dict[int, dict[str, Wish]]:
    """How each of the users is told of each kind; one query."""
    usual = {kind: Wish(kind, True, MAILED[kind]) for kind in Reason}
    found = {user: dict(usual) for user in users}
    for row in Preference.objects.filter(user__in=users):
        found[row.user_id][row.kind] = Wish(Reason(row.kind), row.web, row.mail)
    return found


def notifications_of(user: User, *, unread: bool) -> QuerySet[Notification]:
    """What a user is told on the web, the newest first, of what they may see now."""
    found = _seen_by(user, Notification.objects.filter(user=user, in_web=True))
    found = found.filter(read_at=None) if unread else found
    found = found.defer(*(f"repository__{name}" for name in LARGE_COLUMNS))
    return found.select_related("repository__namespace", "discussion", "actor").order_by("-news", "-pk")


def _seen_by(user: User, found: QuerySet[Notification]) -> QuerySet[Notification]:
    seen = visible_to(Actor(user, None)).filter(pk=OuterRef("repository")).select_related(None)
    return found.filter(Exists(seen))


def count_unread(user: User) -> int:
    """How much a user has not read, up to MOST_COUNTED + 1; one query."""
    rows = _seen_by(user, Notification.objects.filter(user=user, in_web=True, read_at=None))
    # An aggregate takes far longer to put together, which every page would wait for.
    return len(rows.values_list("pk")[: MOST_COUNTED + 1])


def notification_of(user: User, notification_id: int) -> Notification | None:
    """One of the user's own, if they may see what it is about."""
    return notifications_of(user, unread=False).filter(pk=notification_id).first()


def to_mail(user: User, rows: Collection[Notification]) -> list[Notification]:
    """Those of a user's rows that may be mailed now: nobody is told of what they cannot see or ignore."""
    if user.suspended_at is not None:
        return []
    ids = {row.repository_id for row in rows}
    seen = set(visible_to(Actor(user, None)).filter(pk__in=ids).values_list("pk", flat=True))
    unwanted = ignored(user, rows)
    return [row for row in rows if row.repository_id in seen and row.pk not in unwanted]


def ignored(user: User, rows: Collection[Notification]) -> set[int]:
    """The ids of those of a user's rows that are about what they want to know nothing of; one query."""
    places = {row.pk: (row.discussion_id, row.repository_id, row.repository.namespace_id) for row in rows}
    threads, repositories, namespaces = zip(*places.values(), strict=True) if places else ((), (), ())
    of_these = Q(discussion__in=[thread for thread in threads if thread is not None])
    of_these |= Q(repository__in=repositories) | Q(namespace__in=namespaces)
    watches = Watch.objects.filter(of_these, user=user)
    # Each names one thing, and so does each step from a row's thread to its namespace.
    levels = {(row.discussion_id, row.repository_id, row.namespace_id): row.level for row in watches}
    found = set()
    for pk, (thread, repository, namespace) in places.items():
        steps = (thread, None, None), (None, repository, None), (None, None, namespace)
        if next((levels[step] for step in steps if step in levels), None) == Level.IGNORED:
            found.add(pk)
    return found


def address_of(user: User) -> str | None:
    """Where the user is written to: nowhere before they have confirmed an address."""
    return confirmed_addresses([user]).get(user.pk)


def said_since(row: Notification, *, limit: int) -> list[DiscussionEvent]:
    """What others said and did in a notification's thread since its last mail, the oldest first.

    It ends at what the row was told of: what happened since is told later, and quoted then.
    """
    if row.discussion_id is None or row.mail_from is None or row.comment is None:
        return []
    kinds = [Kind.COMMENT, Kind.REVIEW, Kind.STATUS]
    found = DiscussionEvent.objects.filter(discussion=row.discussion_id)
    found = found.filter(pk__gte=row.mail_from, pk__lte=row.comment)
    found = found.filter(SHOWN, kind__in=kinds).exclude(author=row.user_id).select_related("author")
    return list(found.order_by("-pk")[:limit])[::-1]


def level_of(
    user: User | None,
    *,
    namespace: Namespace | None = None,
    repository: Repository | None = None,
    discussion: Discussion | None = None,
) -> str:
    """How much the user set to know of one thing; empty when they set nothing."""
    if user is None:
        return ""
    rows = Watch.objects.filter(user=user, namespace=namespace, repository=repository, discussion=discussion)
    return rows.values_list("level", flat=True).first() or ""


def events_to_tell(older_than: timedelta) -> list[int]:
    """The audit events of the last day that nobody was told of: their task was lost."""
    now = timezone.now()
    pull = Q(event=Event.COMMIT_LANDED, data__ref__startswith=PREFIX)
    found = AuditEvent.objects.filter(Q(event__in=EVENTS) | pull)
    found = found.filter(created_at__gt=now - LOOKED_FOR, created_at__lt=now - older_than)
    return list(_untold(found).values_list("pk", flat=True))


def untold_before(event: AuditEvent, thread: Discussion) -> list[AuditEvent]:
    """What happened in a thread before an event and nobody was told of yet, the oldest first."""
    of_thread = Q(event__in=EVENTS, data__discussion=thread.pk)
    if thread.is_pull:
        of_thread |= Q(event=Event.COMMIT_LANDED, data__ref=thread.git_reference)
    found = AuditEvent.objects.filter(of_thread, subject=event.subject, pk__lt=event.pk)
    return list(_untold(found.filter(created_at__gt=timezone.now() - LOOKED_FOR)).order_by("pk"))


def _untold(found: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    return found.exclude(Exists(Told.objects.filter(event=OuterRef("pk"))))


def mails_to_send(older_than: timedelta) -> list[int]:
    """The notifications whose mail should have gone out and did not."""
    rows = Notification.objects.filter(mail=Pace.IMMEDIATELY, waits_since__lt=timezone.now() - older_than)
    return list(rows.values_list("pk", flat=True))


def digests_to_send(older_than: timedelta) -> list[int]:
    """The users for whom something has waited that long for their daily mail."""
    rows = Notification.objects.filter(mail=Pace.DAILY, waits_since__lt=timezone.now() - older_than)
    return list(rows.order_by("user").values_list("user", flat=True).distinct())
