"""Check the licence of a commit and keep what was read; safe to repeat."""

from collections.abc import Collection
from datetime import timedelta

from celery import signature
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from accounts import audit
from hub.compute.models import Facts
from hub.events import Event
from hub.licensing.around import NEEDED
from hub.licensing.books import Books, current_books
from hub.licensing.models import LicenceCheck, LicenceStanding
from hub.licensing.reading import Read, read_commit
from hub.licensing.records import as_json
from hub.licensing.standing import seen_as
from hub.licensing.verdicts import declared_as, verdict
from hub.queue import enqueue
from hub.repos.models import Repository
from hub.revisions.selectors import repositories_holding, resolve_revision
from hub.walks import next_stretch

SWEEP_STRETCH = 1000
RECENT = timedelta(days=1)
# By name: the task is a door above these services.
CHECK = signature("hub.licensing.tasks.check")
STAND = signature("hub.licensing.tasks.stand")
AGAIN = signature("hub.licensing.tasks.check_again")


@transaction.atomic
def check_licence(*, repository: Repository, commit: str, again: bool = False) -> LicenceCheck | None:
    """Read what a commit says of its licence, once; RevisionNotFound when it is not this repository's.

    `again` reads anew what was read with other licences in mind. None while the bytes of a file that has to
    be read are still being verified, and of what is withheld: somebody comes back.
    """
    revision = resolve_revision(repository, commit)
    kept = LicenceCheck.objects.filter(repository=repository, commit=revision.commit).first()
    if kept is not None and not again:
        return kept
    if revision.withheld:
        return None
    books = current_books()
    read = read_commit(revision, books)
    if read is None:
        return None
    check, created = LicenceCheck.objects.update_or_create(
        repository=repository, commit=revision.commit, defaults=_columns(repository, read, books)
    )
    if created:
        audit.record(
            Event.LICENCE_CHECKED,
            actor=None,
            subject=repository.subject,
            commit=check.commit,
            verdict=check.verdict,
            declared=check.declared,
        )
    return check


def _columns(repository: Repository, read: Read, books: Books) -> dict[str, object]:
    facts = read.facts(repository.full_name, repository.kind, bool(repository.gated), (), ())
    return {
        "verdict": verdict(facts),
        "declared": declared_as(facts)[:200],
        "read": as_json(read),
        "puzzling": read.puzzling,
        "book": books.stamp,
    }


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


def heads_holding(sha256: str) -> list[tuple[int, str]]:
    """Repositories that hold some content, with their heads."""
    ids = [row.repository_id for row in repositories_holding(sha256)]
    return list(Repository.objects.filter(pk__in=ids).exclude(head="").values_list("pk", "head"))


def queue_puzzles() -> int:
    """Ask for those to be read again in which something was not recognised before a licence was registered.

    Looks at a stretch of them, which round by round reaches each; returns how many.
    """
    puzzling = LicenceCheck.objects.filter(puzzling=True)
    looked_at = next_stretch(puzzling, walk="licence-puzzles", size=SWEEP_STRETCH)
    older = LicenceCheck.objects.filter(pk__in=looked_at, commit=F("repository__head"))
    rows = list(older.exclude(book=current_books().stamp).values_list("repository", "commit"))
    for repository_id, commit in rows:
        enqueue(AGAIN, repository_id, commit)
    return len(rows)
