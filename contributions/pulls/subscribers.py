"""What pull requests do at the news of other rooms."""

from accounts import audit
from accounts.models import AuditEvent
from contributions.pulls.services import PREFIX, note_commits
from hub.events import Event


@audit.on(Event.COMMIT_LANDED)
def move_up(event: AuditEvent) -> None:
    """New commits are news of their pull request."""
    if event.data["ref"].startswith(PREFIX):
        note_commits(repository_id=int(event.subject.removeprefix("repository:")), ref=event.data["ref"])
