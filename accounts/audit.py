"""The log of acts, and how its news reaches the rooms above."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction

from accounts.models import AuditEvent, User

Subscriber = Callable[[AuditEvent], Any]

_subscribers: dict[str, list[Subscriber]] = defaultdict(list)


def record(event: str, *, actor: User | None, subject: str, **data: Any) -> AuditEvent:
    """Write one act into the log inside the caller's transaction, and wake its subscribers after the commit.

    `subject` reads "repository:12"; `data` must be JSON. No actor means the hub itself acted.
    """
    row = AuditEvent.objects.create(
        event=str(event),
        actor=actor,
        actor_name=actor.username if actor else "",
        subject=subject,
        data=data,
    )
    for subscriber in _subscribers[row.event]:
        _wake_after_commit(subscriber, row)
    return row


def record_each(event: str, *, actor: User | None, acts: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """`record` for several acts, each a subject and its data, in one statement."""
    name = actor.username if actor else ""
    rows = [
        AuditEvent(event=str(event), actor=actor, actor_name=name, subject=subject, data=data)
        for subject, data in acts
    ]
    for row in AuditEvent.objects.bulk_create(rows):
        for subscriber in _subscribers[row.event]:
            _wake_after_commit(subscriber, row)


def _wake_after_commit(subscriber: Subscriber, row: AuditEvent) -> None:
    # A named function and no partial: Django puts the __qualname__ of one that fails into its log line.
    def wake() -> None:
        subscriber(row)

    # robust: a failure is logged, and neither stops the other subscribers nor an act already committed.
    transaction.on_commit(wake, robust=True)


def on(event: str) -> Callable[[Subscriber], Subscriber]:
    """Register a function to be called with the AuditEvent after each commit that recorded `event`."""

    def register(subscriber: Subscriber) -> Subscriber:
        if subscriber not in _subscribers[str(event)]:
            _subscribers[str(event)].append(subscriber)
        return subscriber

    return register
