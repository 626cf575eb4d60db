"""What the default branch offers is described when it changes, and when its files become readable or not."""

from accounts import audit
from accounts.models import AuditEvent
from hub.compute import tasks
from hub.events import Event
from hub.queue import enqueue
from hub.revisions.names import MAIN_REF


@audit.on(Event.COMMIT_LANDED)
def describe_what_landed(event: AuditEvent) -> None:
    """Other branches say nothing about what the repository offers."""
    if event.data["ref"] == MAIN_REF:
        enqueue(tasks.describe, _repository(event), event.data["commit"])


@audit.on(Event.UPLOAD_VERIFIED)
@audit.on(Event.UPLOAD_REFUSED)
def describe_what_was_verified(event: AuditEvent) -> None:
    """A large file can be read, or never will be, only after the commit that brought it."""
    enqueue(tasks.describe_head, _repository(event), False)


@audit.on(Event.FILES_DELETED)
def describe_what_is_left(event: AuditEvent) -> None:
    """Pointers to files that were deleted may stay in the head."""
    enqueue(tasks.describe_head, _repository(event), True)


@audit.on(Event.BLOB_QUARANTINED)
@audit.on(Event.BLOB_RELEASED)
def describe_again(event: AuditEvent) -> None:
    """A withheld file says nothing, and a released one says again what it said."""
    enqueue(tasks.describe_holders, event.subject.removeprefix("blob:"))


def _repository(event: AuditEvent) -> int:
    return int(event.subject.removeprefix("repository:"))
