"""What the history does at the news of other rooms."""

from accounts import audit
from accounts.models import AuditEvent
from hub.events import Event
from hub.revisions.cards import refresh_cards
from hub.revisions.withheld import follow_move


@audit.on(Event.BLOB_QUARANTINED)
@audit.on(Event.BLOB_RELEASED)
def refresh_what_cards_say(event: AuditEvent) -> None:
    """The words of a withheld file stand in no list and are found by no search."""
    refresh_cards(sha256=event.subject.removeprefix("blob:"))


@audit.on(Event.REPOSITORY_MOVED)
def follow_a_move(event: AuditEvent) -> None:
    """What is withheld in a repository is known by its address when it is gone."""
    follow_move(repository_id=int(event.subject.removeprefix("repository:")))
