"""What notifications do at the news of other rooms: a worker tells people; the sweep finds what was lost."""

from accounts import audit
from accounts.models import AuditEvent
from contributions.notifications.tasks import tell
from contributions.pulls.services import PREFIX
from hub.events import Event
from hub.queue import enqueue


@audit.on(Event.DISCUSSION_OPENED)
@audit.on(Event.DISCUSSION_COMMENTED)
@audit.on(Event.DISCUSSION_STATUS)
@audit.on(Event.PULL_REVIEWED)
@audit.on(Event.PULL_MERGED)
@audit.on(Event.RELEASE_MADE)
def tell_people(event: AuditEvent) -> None:
    """Something happened that people may want to know."""
    enqueue(tell, event.pk)


@audit.on(Event.COMMIT_LANDED)
def tell_of_commits(event: AuditEvent) -> None:
    """Commits on a pull request are news of it; on a branch they are its history."""
    if event.data["ref"].startswith(PREFIX):
        enqueue(tell, event.pk)
