"""What fell through is picked up a while later: bounded work, by index, from time to time.

What follows many is asked for only while nothing waits in the queue of descents: as long as something does,
the news may be among it, and what is asked for at every turn would pile up there.
"""

from collections.abc import Collection
from datetime import timedelta
from time import monotonic

from celery import signature
from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from hub.compute.models import Facts
from hub.licensing.around import NEEDED
from hub.licensing.books import current_books
from hub.licensing.descent import (
    AGAIN,
    AGAIN_OF_MANY,
    DESCEND,
    DESCENTS,
    STRETCH,
    TOGETHER,
    stand_and_tell,
)
from hub.licensing.models import LicenceCheck, LicenceEdge, LicenceStanding
from hub.licensing.rules import RULES_VERSION
from hub.licensing.standing import seen_as
from hub.queue import enqueue, waiting
from hub.repos.models import Repository
from hub.walks import next_stretch

SWEEP_STRETCH = 1000
SWEPT = 500
RECENT = timedelta(days=1)
# Seconds: less than from one sweep to the next, so that two of them do not do the same.
RENEWING = 10
# By name: the tasks are doors above these services.
CHECK = signature("hub.licensing.tasks.check")
STAND = signature("hub.licensing.tasks.stand")
RENEW = signature("hub.licensing.tasks.renew")


def queue_missing_checks() -> int:
    """Ask for checks of newest commits that a while later stand nowhere; returns how many.

    Looks at the repositories that changed last and at a stretch of all, which round by round reaches each.
    """
    now = timezone.now()
    stale = now - timedelta(seconds=settings.RECHECK_AFTER)
    looked_at = set(next_stretch(Repository.objects.all(), walk="licences", size=SWEEP_STRETCH))
    for kind in Repository.Kind.values:
        recent = Repository.objects.filter(kind=kind, updated_at__gt=now - RECENT)
        looked_at.update(recent.order_by("-updated_at", "-pk").values_list("pk", flat=True)[:SWEEP_STRETCH])
    done = LicenceStanding.objects.filter(repository=OuterRef("pk"), commit=OuterRef("head"))
    waiting = Repository.objects.filter(~Exists(done), pk__in=looked_at, updated_at__lt=stale)
    heads = list(waiting.exclude(head="").values_list("pk", "head"))
    for repository_id, commit in heads:
        enqueue(CHECK, repository_id, commit)
    for repository_id in _seen_otherwise(looked_at):
        enqueue(STAND, repository_id)
    return len(heads)


def _seen_otherwise(ids: Collection[int]) -> list[int]:
    """Those that are seen by others, or whose files say more, than when they stood anew last; one query."""
    described = Facts.objects.filter(
        repository=OuterRef("pk"), commit=OuterRef("commit"), computed_at__gt=OuterRef("stood_at")
    )
    rows = (
        LicenceStanding.objects.filter(pk__in=ids, commit=F("repository__head"))
        .annotate(described=Exists(described))
        .select_related("repository__namespace")
        .only("seen", *(f"repository__{column}" for column in NEEDED))
    )
    return [row.pk for row in rows if row.described or row.seen != seen_as(row.repository)]


def queue_puzzles() -> int:
    """Ask for those to be read again in which something was not recognised before a licence was registered.

    Looks at a stretch of them, which round by round reaches each; returns how many. A few are read at once,
    many only when nobody waits for anything else, and not while others wait there, which may be the same.
    """
    puzzling = LicenceCheck.objects.filter(puzzling=True)
    looked_at = next_stretch(puzzling, walk="licence-puzzles", size=SWEEP_STRETCH)
    older = LicenceCheck.objects.filter(pk__in=looked_at, commit=F("repository__head"))
    rows = list(older.exclude(book=current_books().stamp).values_list("repository", "commit"))
    few = len(rows) <= TOGETHER
    if not few and waiting(DESCENTS):
        return 0
    for repository_id, commit in rows:
        enqueue(AGAIN if few else AGAIN_OF_MANY, repository_id, commit)
    return len(rows)


def queue_descents() -> None:
    """Ask for what follows many, unless something waits there already."""
    if not waiting(DESCENTS):
        queue_what_is_owed()
        queue_what_lost_its_base()
        queue_renewal()


def queue_what_is_owed() -> int:
    """Pick up changes that not all derivatives took in a while later; returns how many."""
    stale = timezone.now() - timedelta(seconds=settings.RECHECK_AFTER)
    untold = LicenceStanding.objects.filter(~Q(told=F("digest")), stood_at__lt=stale).order_by("stood_at")
    rows = list(untold.values_list("pk", "digest")[:SWEPT])
    LicenceStanding.objects.filter(pk__in=[pk for pk, _ in rows]).update(stood_at=timezone.now())
    for pk, digest in rows:
        enqueue(DESCEND, pk, digest, 0)
    return len(rows)


def queue_what_lost_its_base() -> int:
    """Follow bases that are gone to what was made of them, where the news was lost; returns how many.

    Looks at a stretch of the edges, which round by round reaches each.
    """
    looked_at = next_stretch(LicenceEdge.objects.all(), walk="licence-edges", size=SWEEP_STRETCH)
    here = Repository.objects.filter(pk=OuterRef("base_id"))
    leading_nowhere = LicenceEdge.objects.filter(~Exists(here), pk__in=looked_at, base_id__isnull=False)
    gone = sorted(set(leading_nowhere.values_list("base_id", flat=True)))
    for base in gone:
        enqueue(DESCEND, base, "", 0)
    return len(gone)


def queue_renewal() -> bool:
    """Ask for those to stand anew that were judged by other rules; whether there are any."""
    older = any(rows.exists() for rows in _judged_otherwise())
    if older:
        enqueue(RENEW)
    return older


def renew() -> None:
    """Have those stand anew that were judged by other rules, in stretches, for up to RENEWING seconds."""
    end = monotonic() + RENEWING
    # What cannot be kept holds up nobody behind it.
    stuck: set[int] = set()
    for rows in _judged_otherwise():
        while monotonic() < end and (
            stretch := list(rows.exclude(pk__in=stuck).values_list("pk", flat=True)[:STRETCH])
        ):
            stand_and_tell(stretch)
            stuck.update(rows.filter(pk__in=stretch).values_list("pk", flat=True))


def _judged_otherwise() -> tuple[QuerySet[LicenceStanding], QuerySet[LicenceStanding]]:
    """Standings by other rules, by index; one whose head was not checked yet stands anew when it is."""
    judged = LicenceStanding.objects.filter(commit=F("repository__head")).order_by("rules")
    return judged.filter(rules__lt=RULES_VERSION), judged.filter(rules__gt=RULES_VERSION)
