"""What is done at the news of gates: people are told by mail; the sweep finds those whose task was lost."""

from accounts import audit
from accounts.models import AuditEvent
from hub.events import Event
from hub.gates.tasks import tell_asker, tell_owners
from hub.queue import enqueue


@audit.on(Event.ACCESS_REQUESTED)
def tell_the_owners(event: AuditEvent) -> None:
    """Somebody asks."""
    enqueue(tell_owners, int(event.subject.removeprefix("repository:")))


@audit.on(Event.ACCESS_ACCEPTED)
@audit.on(Event.ACCESS_REJECTED)
@audit.on(Event.ACCESS_SET_BACK)
@audit.on(Event.ACCESS_GRANTED)
def tell_the_asker(event: AuditEvent) -> None:
    """Somebody decided; who was let in at once knows."""
    if event.actor_id is not None:
        enqueue(tell_asker, event.data["request"])
