"""What the default branch offers is checked when it changes; what comes down follows what changes above."""

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
        enqueue(tasks.check, _repository(event), event.data["commit"])


@audit.on(Event.REVISION_SERVED)
def check_what_is_served_again(event: AuditEvent) -> None:
    """What is withheld is not read."""
    enqueue(tasks.check_head, _repository(event))


@audit.on(Event.BLOB_QUARANTINED)
@audit.on(Event.BLOB_RELEASED)
def check_those_that_hold_it(event: AuditEvent) -> None:
    """A withheld file says nothing, and a released one says again what it said."""
    enqueue(tasks.check_holders, event.subject.removeprefix("blob:"))


@audit.on(Event.COMMIT_DESCRIBED)
def stand_anew(event: AuditEvent) -> None:
    """Other files than the card may name what a model was made of."""
    enqueue(tasks.stand, _repository(event))


@audit.on(Event.REPOSITORY_CREATED)
@audit.on(Event.REPOSITORY_MOVED)
@audit.on(Event.REPOSITORY_CHANGED)
@audit.on(Event.REPOSITORY_TAKEN_DOWN)
@audit.on(Event.REPOSITORY_RESTORED)
def follow_what_is_seen(event: AuditEvent) -> None:
    """What a base is called, and who sees it, changes what comes down from it."""
    enqueue(tasks.follow, _repository(event))


@audit.on(Event.REPOSITORY_DELETED)
def follow_what_is_gone(event: AuditEvent) -> None:
    """Of a base that is gone nobody knows the terms."""
    enqueue(tasks.descend, _repository(event), "", 0)


@audit.on(Event.LICENCE_REGISTERED)
@audit.on(Event.LICENCE_CHANGED)
def recheck_what_is_concerned(event: AuditEvent) -> None:
    """A licence that was registered or changed says something else of those that are under it."""
    enqueue(tasks.recheck, event.data["key"], 0)


def _repository(event: AuditEvent) -> int:
    return int(event.subject.removeprefix("repository:"))
