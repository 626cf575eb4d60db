"""The garbage collection's rule: content is used as long as a repository refers to it.

A round goes through the steps below in their order, a stretch at a time. Where it goes on is handed from one
stretch to the next, so nothing remembers a round that nobody goes on with.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from accounts import audit
from hub.events import Event
from hub.revisions.models import RepositoryBlob
from storage import collection as storage
from storage.collection import Ages, Stretch
from storage.keys import OBJECTS, STAGING, XORBS
from storage.orphans import delete_orphans

# How many rows or objects are looked at in one go; deleting is a call to S3 for each.
LOOKED_AT = 1000
DELETED = 250


class Step(StrEnum):
    """What is looked at, in the order of a round: a file before the xorbs that it keeps."""

    CONDEMN_BLOBS = "condemn-blobs"
    DELETE_BLOBS = "delete-blobs"
    DELETE_RECONSTRUCTIONS = "delete-reconstructions"
    CONDEMN_XORBS = "condemn-xorbs"
    DELETE_XORBS = "delete-xorbs"
    ORPHANED_OBJECTS = "orphaned-objects"
    ORPHANED_UPLOADS = "orphaned-uploads"
    ORPHANED_XORBS = "orphaned-xorbs"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one stretch of a step did, and the arguments (step, after) of the round's next one, if any."""

    step: Step
    stretch: Stretch
    next: tuple[str, str] | None


def collect_round(*, ages: Ages) -> Iterator[Collected]:
    """Go through everything once, a stretch at a time."""
    place: tuple[str, str] | None = ("", "")
    while place is not None:
        done = collect_stretch(step=place[0], after=place[1], ages=ages)
        yield done
        place = done.next


@transaction.atomic
def collect_stretch(*, step: str, after: str, ages: Ages) -> Collected:
    """Do one stretch of a step ("" is the first) from where the last one stopped ("" is the beginning).

    Condemns what nothing uses, or deletes what was condemned before and still is not used. Safe to run twice,
    and at the same time.
    """
    steps = list(Step)
    here = Step(step) if step else steps[0]
    stretch = STEPS[here](after, ages)
    if stretch.condemned or stretch.deleted:
        audit.record(
            Event.CONTENT_COLLECTED,
            actor=None,
            subject="storage",
            step=here,
            condemned=stretch.condemned,
            deleted=stretch.deleted,
            size=stretch.size,
        )
    if stretch.after is not None:
        return Collected(here, stretch, (here, stretch.after))
    following = steps[steps.index(here) + 1 :]
    return Collected(here, stretch, (following[0], "") if following else None)


def _condemn_blobs(after: str, ages: Ages) -> Stretch:
    """Ask without locks first: nearly all blobs are referred to."""
    looked_at = storage.blobs_after(after, LOOKED_AT)
    locked = storage.lock_unwanted_blobs(_unreferred(looked_at), ages=ages)
    condemned = storage.condemn_blobs(_unreferred(locked))
    return Stretch(condemned=condemned, after=looked_at[-1] if len(looked_at) == LOOKED_AT else None)


def _delete_blobs(after: str, ages: Ages) -> Stretch:
    """None that was looked at is condemned afterwards, so the next stretch begins anew."""
    locked = storage.lock_condemned_blobs(ages=ages, limit=DELETED)
    going = _unreferred(locked)
    storage.revive_blobs(set(locked) - set(going))
    deleted, size = storage.delete_blobs(going)
    return Stretch(deleted=deleted, size=size, after="" if len(locked) == DELETED else None)


def _unreferred(sha256s: list[str]) -> list[str]:
    """Those that no repository refers to, be they verified there, being checked or refused."""
    if not sha256s:
        return []
    rows = RepositoryBlob.objects.filter(sha256__in=sha256s)
    referred = set(rows.order_by().values_list("sha256", flat=True).distinct())
    return [sha256 for sha256 in sha256s if sha256 not in referred]


def _orphans(prefix: str) -> Callable[[str, Ages], Stretch]:
    return lambda after, ages: delete_orphans(prefix, after, age=ages.orphans, limit=LOOKED_AT)


STEPS: dict[Step, Callable[[str, Ages], Stretch]] = {
    Step.CONDEMN_BLOBS: _condemn_blobs,
    Step.DELETE_BLOBS: _delete_blobs,
    Step.DELETE_RECONSTRUCTIONS: lambda after, ages: storage.delete_reconstructions(after, limit=DELETED),
    Step.CONDEMN_XORBS: lambda after, ages: storage.condemn_xorbs(after, ages=ages, limit=LOOKED_AT),
    Step.DELETE_XORBS: lambda after, ages: storage.delete_xorbs(ages=ages, limit=DELETED),
    Step.ORPHANED_OBJECTS: _orphans(OBJECTS),
    Step.ORPHANED_UPLOADS: _orphans(STAGING),
    Step.ORPHANED_XORBS: _orphans(XORBS),
}
