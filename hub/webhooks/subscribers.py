"""What webhooks hear of the rooms below; the sweep finds events whose news was lost."""

from accounts import audit
from accounts.models import AuditEvent
from hub.events import Event
from hub.queue import enqueue
from hub.webhooks import tasks
from hub.webhooks.vocabulary import TOLD


def tell_webhooks(event: AuditEvent) -> None:
    """Something happened in a repository."""
    enqueue(tasks.note, event.pk)


for name in TOLD:
    audit.on(name)(tell_webhooks)


@audit.on(Event.WEBHOOK_PAUSED)
def tell_user(event: AuditEvent) -> None:
    """A webhook does not answer."""
    enqueue(tasks.tell_paused, int(event.subject.removeprefix("webhook:")))


@audit.on(Event.WEBHOOK_ASKED)
def send_what_is_asked_for(event: AuditEvent) -> None:
    """A test, or something once more."""
    enqueue(tasks.deliver)
