"""Comments that a decision at the moderators' desk withholds: why is known above, here only that."""

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from contributions.discussions.models import DiscussionEvent
from hub.events import Event


@transaction.atomic
def withhold_comment(*, event: DiscussionEvent, actor_user: User | None) -> bool:
    """Hide a comment from everybody until it is served again; False when it is withheld already.

    Its row is locked. Who may do this is asked by the caller; no actor is an automatic rule.
    """
    held = _locked(event)
    if held is None or held.withheld_at is not None:
        return False
    held.withheld_at = timezone.now()
    held.save(update_fields=["withheld_at"])
    _tell(Event.COMMENT_WITHHELD, held, actor_user)
    return True


@transaction.atomic
def serve_comment(*, event: DiscussionEvent, actor_user: User | None) -> bool:
    """Leave a comment as it was before it was withheld: one that was hidden stays so; False when it is not.

    Its row is locked.
    """
    held = _locked(event)
    if held is None or held.withheld_at is None:
        return False
    held.withheld_at = None
    held.save(update_fields=["withheld_at"])
    _tell(Event.COMMENT_SERVED, held, actor_user)
    return True


def _locked(event: DiscussionEvent) -> DiscussionEvent | None:
    """The comment as it is now, its row locked; None when it went with its repository."""
    rows = DiscussionEvent.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("discussion__repository").filter(pk=event.pk).first()


def _tell(what: Event, held: DiscussionEvent, user: User | None) -> None:
    audit.record(
        what,
        actor=user,
        subject=held.discussion.repository.subject,
        discussion=held.discussion_id,
        number=held.discussion.number,
        comment=held.pk,
    )
