"""What activity hears of the rooms below; the sweep finds what was lost."""

from accounts import audit
from accounts.models import AuditEvent
from contributions.activity import rules, services, tasks
from contributions.activity.selectors import CHANGED
from hub.queue import enqueue


def keep_the_act(event: AuditEvent) -> None:
    """Somebody did something that others may follow."""
    services.note(events=[event])


def follow_the_repository(event: AuditEvent) -> None:
    """A repository is elsewhere, or others see it."""
    enqueue(tasks.follow, services.repository_of(event))


for name in rules.TOLD:
    audit.on(name)(keep_the_act)
for name in CHANGED:
    audit.on(name)(follow_the_repository)
