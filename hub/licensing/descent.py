"""What comes down follows what changed: from base to derivatives, in stretches that are short transactions.

A repository whose terms for derivatives changed has its derivatives stand anew, and those of them that hand
down other terms theirs in turn: the work grows with what changes, not with the catalogue. In a circle it
ends, for what goes round grows older with each step (`hub.licensing.terms`).
"""

import logging
from collections.abc import Collection, Mapping, Sequence

from celery import signature
from django.db import DataError, OperationalError
from django.db.models import F, Q
from django.utils import timezone
from psycopg.errors import DeadlockDetected

from hub.licensing.lineage import children_of, waiting_for, with_children
from hub.licensing.models import LicenceCheck, LicenceStanding
from hub.licensing.standing import Stood, restand
from hub.queue import enqueue
from hub.repos.models import Repository

log = logging.getLogger(__name__)

# So many derivatives stand anew in one transaction: some tenths of a second.
STRETCH = 200
ATTEMPTS = 3
# Of so many bases the derivatives stand anew in one task.
TOGETHER = 50
# The queue that is asked last, for what follows a change to many.
DESCENTS = "descents"
# By name: the tasks are doors above these services.
DESCEND_ALL = signature("hub.licensing.tasks.descend_all")
DESCEND = signature("hub.licensing.tasks.descend")
ADOPT = signature("hub.licensing.tasks.adopt")
AGAIN = signature("hub.licensing.tasks.check_again")
# Of many the licences are read again only when nobody waits for anything else; of a few at once, for a lead
# who registers a licence waits for those, and so does whoever lost a check.
AGAIN_OF_MANY = signature("hub.licensing.tasks.check_again", options={"queue": DESCENTS})
RECHECK = signature("hub.licensing.tasks.recheck", options={"queue": DESCENTS})


def stand_and_tell(ids: Collection[int]) -> set[int]:
    """Have repositories stand anew, and ask for those below them whose terms change by that.

    Again when a base changed meanwhile. Returns those that changed.
    """
    changed: set[int] = set()
    for _ in range(ATTEMPTS):
        stood = _stood(list(ids))
        tell(stood.changed)
        changed |= stood.changed.keys()
        if not stood.outdated:
            break
    return changed


def _stood(ids: list[int]) -> Stood:
    """`restand`, again where two waited for each other, and one by one where one of them cannot be kept."""
    for last in (*[False] * (ATTEMPTS - 1), True):
        try:
            return restand(ids)
        except OperationalError as problem:
            if last or not isinstance(problem.__cause__, DeadlockDetected):
                raise
        except DataError:
            if len(ids) == 1:
                log.exception("the licence of repository %s cannot be kept", ids[0])
                return Stood()
            break
    found = [_stood([pk]) for pk in ids]
    return Stood(
        {pk: digest for each in found for pk, digest in each.changed.items()},
        {pk: digest for each in found for pk, digest in each.bases.items()},
        frozenset().union(*(each.loose for each in found)),
    )


def tell(changed: dict[int, str]) -> None:
    """Ask for the derivatives of those that hand down other terms; one without derivatives has told all."""
    bases = with_children(changed) if changed else set()
    _told({pk: digest for pk, digest in changed.items() if pk not in bases})
    below = sorted((pk, changed[pk]) for pk in bases)
    for start in range(0, len(below), TOGETHER):
        enqueue(DESCEND_ALL, below[start : start + TOGETHER])


def descend_all(changes: Sequence[tuple[int, str]]) -> None:
    """Have the derivatives of several bases stand anew together if they are few, else base by base."""
    digests = dict(changes)
    rows = LicenceStanding.objects.filter(_those(digests)).exclude(told=F("digest"))
    owed = dict(rows.values_list("pk", "digest"))
    children = children_of(owed, after=0, limit=STRETCH + 1) if owed else []
    if len(children) <= STRETCH:
        stand_and_tell(children)
        _told(owed)
        return
    for base, digest in owed.items():
        enqueue(DESCEND, base, digest, 0)


def _those(digests: Mapping[int, str]) -> Q:
    """Standings as they were at these changes."""
    found = Q(pk__in=[])
    for pk, digest in digests.items():
        found |= Q(pk=pk, digest=digest)
    return found


def _told(digests: Mapping[int, str]) -> None:
    if digests:
        LicenceStanding.objects.filter(_those(digests)).update(told=F("digest"))


def descend(base: int, digest: str, after: int) -> None:
    """Have the next stretch of a base's derivatives stand anew, and ask for the one after it.

    `digest` says which change this follows: when another came meanwhile, that one's own round is enough, and
    what was asked for twice is done once. An empty one follows what is no change of terms, such as a base
    that nobody sees any more.
    """
    standing = LicenceStanding.objects.filter(pk=base).first()
    if digest and (standing is None or standing.digest != digest or standing.told == digest):
        return
    children = children_of([base], after=after, limit=STRETCH)
    stand_and_tell(children)
    if len(children) == STRETCH:
        # As long as it goes on, no sweep begins another round.
        LicenceStanding.objects.filter(pk=base, digest=digest).update(stood_at=timezone.now())
        enqueue(DESCEND, base, digest, children[-1])
    elif digest:
        _told({base: digest})


def adopt(base: int, after: int) -> None:
    """Have those stand anew that named a base before it was here."""
    repository = Repository.objects.select_related("namespace").filter(pk=base).first()
    if repository is None:
        return
    children = waiting_for(repository.full_name, after=after, limit=STRETCH)
    stand_and_tell(children)
    if len(children) == STRETCH:
        enqueue(ADOPT, base, children[-1])


def recheck(key: str, after: int) -> None:
    """Have those stand anew whose terms depend on a licence that was registered or changed.

    They are read again, and so are those in which something was not recognised; of both one stretch, then the
    next.
    """
    puzzling = LicenceCheck.objects.filter(puzzling=True, repository__gt=after, commit=F("repository__head"))
    concerned = LicenceStanding.objects.exclude(commit="").filter(keys__contains=[key], pk__gt=after)
    read = list(puzzling.order_by("repository").values_list("repository", "commit")[:STRETCH])
    under = list(concerned.order_by("pk").values_list("pk", "commit")[:STRETCH])
    end = min((rows[-1][0] for rows in (read, under) if len(rows) == STRETCH), default=None)
    found = sorted({*read, *under})
    few = after == 0 and len(found) <= TOGETHER
    for pk, commit in found:
        if end is None or pk <= end:
            enqueue(AGAIN if few else AGAIN_OF_MANY, pk, commit)
    if end is not None:
        enqueue(RECHECK, key, end)
