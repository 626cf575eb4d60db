"""What the history does at the news of other rooms."""

from accounts import audit
from accounts.models import AuditEvent
from hub.events import Event
from hub.revisions.cards import refresh_cards


@audit.on(Event.BLOB_QUARANTINED)
@audit.on(Event.BLOB_RELEASED)
def refresh_what_cards_say(event: AuditEvent) -> None:
    """The words of a withheld file stand in no list and are found by no search."""
    refresh_cards(sha256=event.subject.removeprefix("blob:"))
