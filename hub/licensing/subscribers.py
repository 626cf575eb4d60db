"""A new commit on the default branch has its licence checked."""

from accounts import audit
from accounts.models import AuditEvent
from hub.events import Event
from hub.licensing import tasks
from hub.queue import enqueue
from hub.revisions.names import MAIN_REF


@audit.on(Event.COMMIT_LANDED)
def check_what_landed(event: AuditEvent) -> None:
    """Other branches say nothing about what the repository offers."""
    if event.data["ref"] == MAIN_REF:
        enqueue(tasks.check, int(event.subject.removeprefix("repository:")), event.data["commit"])
