"""Reading the chain: whether the log is what it was, and the log as a file."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, timedelta

from django.db.models import Exists, Min, OuterRef, QuerySet

from accounts.ledger.hashing import START, canonical, digest
from accounts.ledger.models import AuditLink
from accounts.models import AuditEvent

PAGE = 2_000
# How many problems are named.
NAMED = 100
# No transaction takes longer, so that what is older and has no link was put there by somebody else.
LATEST = timedelta(days=1)


@dataclass
class Verified:
    """What looking at the whole log found.

    `head` is the digest of the last link, in hexadecimal: whoever keeps it elsewhere sees later whether the
    chain was made anew. `waiting` counts events that are not sealed yet.
    """

    events: int = 0
    head: str = ""
    waiting: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, problem: str) -> None:
        """Name a problem, unless there are too many already."""
        if len(self.problems) < NAMED:
            self.problems.append(problem)


def last_link() -> AuditLink | None:
    """The newest link."""
    return AuditLink.objects.order_by("-position").first()


def unsealed() -> QuerySet[AuditEvent]:
    """The events that wait for their link, the oldest first."""
    return unlinked().filter(pk__gt=_floor()).order_by("pk")


def unlinked() -> QuerySet[AuditEvent]:
    """The events that have no link."""
    return AuditEvent.objects.exclude(Exists(AuditLink.objects.filter(event=OuterRef("pk"))))


def _floor() -> int:
    """The id up to which no event waits for a link any more.

    Above it lies all that was not sealed a day before the last sealing: however long nobody sealed since, an
    event whose transaction ended late is not taken for one that was put in.
    """
    last = last_link()
    if last is None:
        return 0
    lately = AuditLink.objects.filter(sealed_at__gt=last.sealed_at - LATEST)
    return lately.aggregate(lowest=Min("event"))["lowest"]


def written(event: AuditEvent) -> bytes:
    """An event as the chain holds it."""
    return canonical(
        id=event.pk,
        event=event.event,
        actor=event.actor_id,
        actor_name=event.actor_name,
        subject=event.subject,
        data=event.data,
        created_at=event.created_at,
    )


def verify(*, noted: str = "") -> Verified:
    """Read all of the log and compare it with the chain; `noted` is a head of before that must be in it.

    Each changed, removed or added row is named once: the chain goes on from the digest that stands there.
    """
    found, before, position, known = Verified(), START, 0, not noted
    for link, event in _links():
        for missing in range(position + 1, min(link.position, position + 1 + NAMED)):
            found.add(f"Link {missing} of the chain was removed.")
        if event is None:
            found.add(f"Event {link.event} (link {link.position}) was removed.")
        elif link.position == position + 1 and digest(before, written(event)) != bytes(link.digest):
            found.add(f"Event {link.event} (link {link.position}), or its link, was changed.")
        position, before = link.position, bytes(link.digest)
        found.events += 1
        known = known or before.hex() == noted
    found.head = before.hex() if found.events else ""
    _look_outside(found)
    if not known:
        found.add(f"The chain has no link {noted}: it was made anew, or its end was removed.")
    return found


def _look_outside(found: Verified) -> None:
    """Count what waits for its link, and name what has none and will get none."""
    late = unlinked().filter(pk__lte=_floor()).order_by("pk")
    for pk in late.values_list("pk", flat=True)[:NAMED]:
        found.add(f"Event {pk} was put in later: it has no link.")
    found.waiting = unsealed().count()


def export() -> Iterator[str]:
    """The log as lines of JSON, in the order of the chain, with what is needed to compute it again."""
    for link, event in _links():
        row = {"position": link.position, "digest": bytes(link.digest).hex(), "id": link.event}
        if event is not None:
            row |= {
                "event": event.event,
                "actor": event.actor_id,
                "actor_name": event.actor_name,
                "subject": event.subject,
                "data": event.data,
                "created_at": event.created_at.astimezone(UTC).isoformat(timespec="microseconds"),
            }
        yield json.dumps(row, ensure_ascii=False)


def _links() -> Iterator[tuple[AuditLink, AuditEvent | None]]:
    """All links in their order, each with its event; as much memory as one page takes."""
    position = 0
    while page := list(AuditLink.objects.filter(position__gt=position).order_by("position")[:PAGE]):
        events = AuditEvent.objects.in_bulk([link.event for link in page])
        for link in page:
            yield link, events.get(link.event)
        position = page[-1].position
