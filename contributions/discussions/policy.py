"""Who may do what in a thread: one table beside that of repositories (hub.access.policy)."""

from enum import StrEnum

from accounts.actors import Actor
from contributions.discussions.models import Discussion, DiscussionEvent
from hub.access.policy import Action
from hub.access.services import permissions, require_uploads
from hub.errors import AuthenticationRequired, Forbidden


class Act(StrEnum):
    """What can be done in a thread. PUSH is to put commits on a pull request's ref."""

    COMMENT = "comment"
    COMMENT_LOCKED = "comment on what is locked"
    REACT = "react"
    REVIEW = "review"
    EDIT = "edit this comment"
    HIDE = "hide this comment"
    RESOLVE = "settle this comment"
    RENAME = "rename this"
    STATUS = "close or open this"
    LOCK = "lock or unlock this"
    PIN = "pin or unpin this"
    PUSH = "push to this pull request"
    MERGE = "merge this"
    OVERRIDE = "merge this against its checks"


class Part(StrEnum):
    """What somebody is to a thread, or to a comment in it."""

    CONTRIBUTOR = "contributor"
    AUTHOR = "author of the thread"
    PROPOSER = "author of the pull request"
    SPEAKER = "author of the comment"
    WRITER = "writer"
    ADMIN = "admin"
    MODERATOR = "moderator"


TABLE: dict[Part, frozenset[Act]] = {
    Part.CONTRIBUTOR: frozenset({Act.COMMENT, Act.REACT, Act.REVIEW}),
    Part.AUTHOR: frozenset({Act.RENAME, Act.STATUS, Act.RESOLVE}),
    Part.PROPOSER: frozenset({Act.PUSH}),
    Part.SPEAKER: frozenset({Act.EDIT, Act.HIDE, Act.RESOLVE}),
    Part.WRITER: frozenset(
        {
            *(Act.COMMENT_LOCKED, Act.HIDE, Act.RESOLVE, Act.RENAME, Act.STATUS),
            *(Act.LOCK, Act.PIN, Act.PUSH, Act.MERGE),
        }
    ),
    Part.ADMIN: frozenset({Act.OVERRIDE}),
    Part.MODERATOR: frozenset({Act.COMMENT_LOCKED, Act.HIDE, Act.LOCK}),
}
# What brings files into a repository.
BRINGING = frozenset({Act.PUSH, Act.MERGE})
# What a part takes of the table of repositories: whoever lost that has no part any more.
NEEDS: dict[Part, Action] = {
    Part.CONTRIBUTOR: Action.CONTRIBUTE,
    Part.AUTHOR: Action.CONTRIBUTE,
    Part.PROPOSER: Action.BRING,
    Part.SPEAKER: Action.CONTRIBUTE,
    Part.WRITER: Action.WRITE,
    Part.ADMIN: Action.ADMIN,
    Part.MODERATOR: Action.MODERATE,
}


def acts_of(actor: Actor, discussion: Discussion, event: DiscussionEvent | None = None) -> frozenset[Act]:
    """Everything the actor may do in a thread of an opened repository, and with one of its comments."""
    user = actor.user
    if user is None:
        return frozenset()
    allowed = permissions(actor, discussion.repository)
    own = {
        Part.AUTHOR: discussion.author_id == user.pk,
        Part.PROPOSER: discussion.author_id == user.pk,
        Part.SPEAKER: event is not None and event.author_id == user.pk,
    }
    parts = [part for part, action in NEEDS.items() if action in allowed and own.get(part, True)]
    acts = frozenset().union(*(TABLE[part] for part in parts))
    return acts if not discussion.locked_at else _in_locked(acts)


def _in_locked(acts: frozenset[Act]) -> frozenset[Act]:
    """In a locked thread only those talk who may talk in locked ones."""
    if Act.COMMENT_LOCKED in acts:
        return acts
    return acts - {Act.COMMENT, Act.REACT, Act.REVIEW, Act.EDIT, Act.RESOLVE, Act.RENAME, Act.STATUS}


def outweighs(actor: Actor, discussion: Discussion, event: DiscussionEvent) -> bool:
    """Whether a comment is hidden with less weight than the actor's, or is not hidden."""
    return _weight_of(actor, discussion, event) > _weight_of_hiding(event)


def may_show(actor: Actor, discussion: Discussion, event: DiscussionEvent) -> bool:
    """Whether the actor may show a hidden comment again: who hid it, or has no less weight than they.

    Nobody who is in the thread shows what is withheld.
    """
    if not event.hidden or event.withheld_at is not None or actor.user is None:
        return False
    if event.hidden_by_id == actor.user.pk:
        return True
    return _weight_of(actor, discussion, event) >= _weight_of_hiding(event)


def _weight_of(actor: Actor, discussion: Discussion, event: DiscussionEvent) -> int:
    """As what the actor hides a comment: 3 a moderator, 2 a writer, 1 its author, 0 nobody."""
    if actor.user is None:
        return 0
    allowed = permissions(actor, discussion.repository)
    if NEEDS[Part.MODERATOR] in allowed:
        return 3
    if NEEDS[Part.WRITER] in allowed:
        return 2
    return int(event.author_id == actor.user.pk and NEEDS[Part.SPEAKER] in allowed)


def _weight_of_hiding(event: DiscussionEvent) -> int:
    """With what weight a comment is hidden; that of somebody who left is not known, and counts most.

    A decision at the desk outweighs everybody in the thread.
    """
    if event.withheld_at is not None:
        return 4
    if not event.hidden:
        return 0
    if event.hidden_by is None or event.hidden_by.is_moderator:
        return 3
    return 1 if event.hidden_by_id == event.author_id else 2


def check(actor: Actor, discussion: Discussion, act: Act, event: DiscussionEvent | None = None) -> None:
    """Raise why the actor may not do this: AuthenticationRequired or Forbidden."""
    if act in acts_of(actor, discussion, event):
        return
    if actor.user is None:
        raise AuthenticationRequired("Log in, or send an access token, to do this.")
    if discussion.locked_at and act in TABLE[Part.CONTRIBUTOR]:
        raise Forbidden("This thread is locked: only its repository's people may go on in it.")
    if act in BRINGING:
        require_uploads(actor)
    raise Forbidden(f"You may not {act}.")
