"""What a page tells of the log: some rows, compared with the chain, and the last full verification."""

from dataclasses import dataclass

from django.db.models import Min

from accounts.events import AccountEvent
from accounts.ledger.hashing import START, digest
from accounts.ledger.models import AuditLink
from accounts.ledger.selectors import unlinked, written
from accounts.models import AuditEvent

SHOWN = 50
# So many links back events are looked for that wait for theirs; what ended later is found by `verify`.
LATELY = 1_000


@dataclass(frozen=True)
class Row:
    """A link with its event, None when that is gone; `problem` is "" for what is as it was."""

    link: AuditLink
    event: AuditEvent | None
    problem: str

    @property
    def digest(self) -> str:
        """The link's digest in hexadecimal."""
        return bytes(self.link.digest).hex()


@dataclass(frozen=True)
class Part:
    """Some rows of the log, the newest first, and before which position the next older part begins."""

    rows: list[Row]
    older: int | None


def part(*, before: int | None = None, limit: int = SHOWN) -> Part:
    """The sealed rows before a position, or the newest; two queries, however long the log is."""
    links = AuditLink.objects.order_by("-position")
    found = list((links.filter(position__lt=before) if before is not None else links)[: limit + 1])
    events = AuditEvent.objects.in_bulk([link.event for link in found[:limit]])
    rows = [
        Row(link, events.get(link.event), _problem(link, events.get(link.event), earlier))
        for link, earlier in zip(found[:limit], [*found[1:], None], strict=False)
    ]
    return Part(rows, rows[-1].link.position if len(found) > limit else None)


def waiting() -> int:
    """How many of the latest events wait for their link, up to LATELY; two queries of bounded length."""
    lately = AuditLink.objects.order_by("-position")[:LATELY]
    lowest = lately.aggregate(lowest=Min("event"))["lowest"] or 0
    return unlinked().filter(pk__gt=lowest)[:LATELY].count()


def last_verification(*, without_problems: bool = False) -> AuditEvent | None:
    """The act by which the whole log was compared last, with what was found in `data`; one query."""
    found = AuditEvent.objects.filter(event=AccountEvent.AUDIT_VERIFIED).order_by("-created_at", "-pk")
    return (found.filter(data__problems=[]) if without_problems else found).first()


def _problem(link: AuditLink, event: AuditEvent | None, earlier: AuditLink | None) -> str:
    if event is None:
        return f"Event {link.event} (link {link.position}) was removed."
    if link.position > 1 and (earlier is None or earlier.position != link.position - 1):
        return f"Link {link.position - 1} of the chain was removed."
    before = bytes(earlier.digest) if earlier else START
    if digest(before, written(event)) != bytes(link.digest):
        return f"Event {link.event} (link {link.position}), or its link, was changed."
    return ""
