"""Every change by which people talk about a repository."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.actors import Actor
from accounts.models import User
from contributions.attachments import services as attachments
from contributions.discussions import policy, rules
from contributions.discussions.errors import AlreadySo, ThreadNotFound, TooOften
from contributions.discussions.models import CommentEdit, Discussion, DiscussionEvent, Reaction
from contributions.discussions.policy import Act
from contributions.discussions.vocabulary import Emoji, Kind, Status
from hub.access.policy import Action
from hub.access.services import may, require_uploads
from hub.errors import Forbidden, InvalidInput, RepoNotFound
from hub.events import Event
from hub.repos.models import Repository

# All of them are kept and shown.
EDITS_MAX = 20


@transaction.atomic
def open_discussion(*, repository: Repository, actor: Actor, title: str, text: str) -> Discussion:
    """Begin a discussion with its first comment; InvalidInput, TooOften, Forbidden."""
    return begin_thread(repository=repository, actor=actor, title=title, text=text)


def begin_thread(
    *,
    repository: Repository,
    actor: Actor,
    title: str,
    text: str,
    is_pull: bool = False,
    status: Status = Status.OPEN,
) -> Discussion:
    """Give a thread the repository's next number, whose row is locked, so that no two threads share one.

    Runs in the caller's transaction.
    """
    if is_pull:
        require_uploads(actor)
    if not may(actor, repository, Action.BRING if is_pull else Action.CONTRIBUTE) or actor.user is None:
        raise Forbidden("You may not open a discussion here.")
    words, said = rules.checked_title(title), rules.checked_text(text, field="description", empty=True)
    check_pace(actor.user)
    if Repository.objects.select_for_update(no_key=True).filter(pk=repository.pk).first() is None:
        raise RepoNotFound("Repository not found")
    last = Discussion.objects.filter(repository=repository).aggregate(last=Max("number"))["last"]
    discussion = Discussion.objects.create(
        repository=repository,
        number=(last or 0) + 1,
        title=words,
        is_pull=is_pull,
        status=status,
        author=actor.user,
    )
    comment = add_event(discussion, Kind.COMMENT, actor.user, text=said)
    _tell(Event.DISCUSSION_OPENED, discussion, actor.user, comment=comment.pk, pull=is_pull)
    return discussion


@transaction.atomic
def comment(
    *, discussion: Discussion, actor: Actor, text: str, anchor: dict[str, Any] | None = None
) -> DiscussionEvent:
    """Say something in a thread; the row is locked. `anchor` says about which line (`DiscussionEvent`).

    Raises InvalidInput, TooOften, Forbidden.
    """
    held = locked(discussion)
    policy.check(actor, held, Act.COMMENT)
    said = rules.checked_text(text)
    check_pace(actor.user)
    event = add_event(held, Kind.COMMENT, actor.user, text=said, data=anchor or {})
    _tell(Event.DISCUSSION_COMMENTED, held, actor.user, comment=event.pk)
    return event


@transaction.atomic
def edit_comment(*, discussion: Discussion, event_id: int, actor: Actor, text: str) -> DiscussionEvent:
    """Change what one's own comment says; what it said before is kept. The comment's row is locked."""
    held = locked(discussion)
    event = comment_of(held, event_id)
    policy.check(actor, held, Act.EDIT, event)
    if event.hidden:
        raise Forbidden("A comment that was hidden cannot be edited.")
    said = rules.checked_text(text, field="content")
    if said == event.text:
        return event
    if event.edits.count() >= EDITS_MAX:
        raise InvalidInput(gettext("A comment is edited %d times at most.") % EDITS_MAX, "content")
    CommentEdit.objects.create(event=event, text=event.text, created_at=event.edited_at or event.created_at)
    attachments.refer(
        repository=held.repository, event_id=event.pk, user=actor.user, text=said, before=event.text
    )
    event.text, event.edited_at = said, timezone.now()
    event.save(update_fields=["text", "edited_at"])
    _tell(Event.COMMENT_EDITED, held, actor.user, comment=event.pk)
    return event


@transaction.atomic
def hide_comment(
    *, discussion: Discussion, event_id: int, actor: Actor, hidden: bool = True
) -> DiscussionEvent:
    """Hide a comment from everybody, or show it again; AlreadySo, Forbidden.

    What a writer hid its author does not show again, and what a moderator hid only moderators do: who weighs
    more also hides what is hidden already, so that it stays so. What is withheld stays as it is.
    """
    held = locked(discussion)
    event = comment_of(held, event_id)
    policy.check(actor, held, Act.HIDE, event)
    if hidden and event.hidden and not policy.outweighs(actor, held, event):
        raise AlreadySo("The comment is hidden already.")
    if not hidden and not event.hidden:
        raise AlreadySo("The comment is not hidden.")
    if not hidden and not policy.may_show(actor, held, event):
        raise Forbidden(
            "Somebody who decides here hid this comment."
            if event.withheld_at is None
            else "This comment is withheld by a moderator's decision."
        )
    event.hidden_at, event.hidden_by = (timezone.now(), actor.user) if hidden else (None, None)
    event.save(update_fields=["hidden_at", "hidden_by"])
    _tell(Event.COMMENT_HIDDEN if hidden else Event.COMMENT_SHOWN, held, actor.user, comment=event.pk)
    return event


@transaction.atomic
def rename(*, discussion: Discussion, actor: Actor, title: str) -> DiscussionEvent:
    """Give a thread another title; the same one is AlreadySo."""
    held = locked(discussion)
    policy.check(actor, held, Act.RENAME)
    check_pace(actor.user)
    words, before = rules.checked_title(title), held.title
    if words == before:
        raise AlreadySo(gettext("This is the title already."))
    held.title = words
    held.save(update_fields=["title"])
    event = add_event(held, Kind.TITLE, actor.user, data={"from": before, "to": words})
    _tell(Event.DISCUSSION_RENAMED, held, actor.user, former=before, title=words)
    return event


@transaction.atomic
def change_status(*, discussion: Discussion, actor: Actor, status: str, text: str = "") -> DiscussionEvent:
    """Close a thread or open it, also a draft, with a comment if there is a text; the row is locked.

    AlreadySo when it is so already; InvalidInput for what is merged and for an unknown status.
    """
    if status not in (Status.OPEN, Status.CLOSED):
        raise InvalidInput('The status must be "open" or "closed".', "status")
    held = locked(discussion)
    policy.check(actor, held, Act.STATUS)
    if held.status == Status.MERGED:
        raise InvalidInput(gettext("What is merged stays merged."), "status")
    if held.status == status:
        raise AlreadySo(f"This is {status} already.")
    check_pace(actor.user)
    if text.strip():
        comment(discussion=held, actor=actor, text=text)
    return set_status(held, actor.user, status)


def set_status(held: Discussion, user: User, status: str) -> DiscussionEvent:
    """Note the status of a thread whose row the caller has locked, and tell of it."""
    before, held.status = held.status, status
    held.save(update_fields=["status"])
    event = add_event(held, Kind.STATUS, user, data={"status": str(status)})
    _tell(Event.DISCUSSION_STATUS, held, user, former=str(before), status=str(status))
    return event


@transaction.atomic
def set_locked(*, discussion: Discussion, actor: Actor, value: bool) -> None:
    """Let only the repository's people go on in a thread, or everybody again."""
    held = locked(discussion)
    policy.check(actor, held, Act.LOCK)
    if bool(held.locked_at) != value:
        held.locked_at = timezone.now() if value else None
        held.save(update_fields=["locked_at"])
        add_event(held, Kind.LOCK, actor.user, data={"locked": value})
        _tell(Event.DISCUSSION_LOCKED, held, actor.user, locked=value)


@transaction.atomic
def set_pinned(*, discussion: Discussion, actor: Actor, value: bool) -> None:
    """Show a thread above the others, or among them again."""
    held = locked(discussion)
    policy.check(actor, held, Act.PIN)
    if bool(held.pinned_at) != value:
        held.pinned_at = timezone.now() if value else None
        held.save(update_fields=["pinned_at"])
        add_event(held, Kind.PIN, actor.user, data={"pinned": value})
        _tell(Event.DISCUSSION_PINNED, held, actor.user, pinned=value)


@transaction.atomic
def react(*, discussion: Discussion, event_id: int, actor: Actor, emoji: str, value: bool = True) -> None:
    """React to a comment, or take that back; twice is once. The comment's row is locked."""
    event = comment_of(discussion, event_id)
    policy.check(actor, discussion, Act.REACT)
    if emoji not in Emoji.values:
        raise InvalidInput("There is no such reaction.", "emoji")
    if event.hidden:
        raise Forbidden("The comment is hidden.")
    row = {"event": event, "user": actor.user, "emoji": emoji}
    changed = (
        Reaction.objects.get_or_create(**row)[1] if value else Reaction.objects.filter(**row).delete()[0]
    )
    if changed:
        _tell(Event.COMMENT_REACTED, discussion, actor.user, comment=event.pk, emoji=str(emoji), value=value)


def locked(discussion: Discussion) -> Discussion:
    """The thread as it is now, its row locked, with the repository as the caller opened it."""
    held = Discussion.objects.select_for_update(no_key=True).filter(pk=discussion.pk).first()
    if held is None:
        raise ThreadNotFound("There is no such discussion.")
    held.repository = discussion.repository
    return held


def comment_of(discussion: Discussion, event_id: int) -> DiscussionEvent:
    """A comment or review of a thread, its row locked; ThreadNotFound."""
    events = DiscussionEvent.objects.select_for_update(of=("self",), no_key=True).select_related(
        "author", "hidden_by"
    )
    found = events.filter(discussion=discussion, pk=event_id, kind__in=[Kind.COMMENT, Kind.REVIEW]).first()
    if found is None:
        raise ThreadNotFound("There is no such comment here.")
    return found


def add_event(
    held: Discussion, kind: Kind, user: User | None, *, text: str = "", data: dict | None = None
) -> DiscussionEvent:
    """Add what happened to a thread, which moves up in lists."""
    event = DiscussionEvent.objects.create(
        discussion=held, kind=kind, author=user, text=text, data=data or {}
    )
    attachments.refer(repository=held.repository, event_id=event.pk, user=user, text=text)
    touch(held)
    return event


def touch(held: Discussion) -> None:
    """Note that something happened in a thread."""
    Discussion.objects.filter(pk=held.pk).update(updated_at=timezone.now())


def check_pace(user: User) -> None:
    """How much one person may say in an hour; TooOften with the time until there is room again."""
    since = timezone.now() - timedelta(hours=1)
    said = DiscussionEvent.objects.filter(author=user, created_at__gt=since).order_by("-created_at")
    times = list(said.values_list("created_at", flat=True)[: settings.COMMENTS_PER_HOUR])
    if len(times) >= settings.COMMENTS_PER_HOUR:
        seconds = int((times[-1] - since).total_seconds()) + 1
        raise TooOften(gettext("That is a lot in one hour. Take a break, and go on later."), seconds)


def _tell(event: Event, held: Discussion, user: User | None, **data: object) -> None:
    audit.record(
        event,
        actor=user,
        subject=held.repository.subject,
        discussion=held.pk,
        number=held.number,
        **data,
    )
