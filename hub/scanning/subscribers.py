"""New content is scanned: what a commit brings, and what becomes verified only later, or while it does."""

from accounts import audit
from accounts.models import AuditEvent
from hub.events import Event
from hub.queue import enqueue
from hub.scanning import tasks
from hub.scanning.overhearing import Overhearing
from storage.verification import listen

listen(Overhearing.begin)


@audit.on(Event.COMMIT_LANDED)
def scan_what_landed(event: AuditEvent) -> None:
    """Every branch is scanned, not only the default one: any of them can be pulled."""
    enqueue(tasks.scan_commit, int(event.subject.removeprefix("repository:")), event.data["commit"])


@audit.on(Event.UPLOAD_VERIFIED)
def scan_what_was_verified(event: AuditEvent) -> None:
    """A large file becomes a blob after the commit that brought it."""
    enqueue(tasks.scan_content, event.data["sha256"])
