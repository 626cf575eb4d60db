"""Check the licence of a commit's card and keep what was found; safe to repeat."""

from datetime import timedelta

from celery import signature
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts import audit
from hub.errors import EntryNotFound
from hub.events import Event
from hub.licensing.cards import card_facts
from hub.licensing.catalogue import built_in
from hub.licensing.models import LicenceCheck
from hub.licensing.rules import judge_statement
from hub.licensing.verdicts import declared_as, verdict
from hub.queue import enqueue
from hub.repos.cards import Card, parse_card
from hub.repos.models import Repository
from hub.revisions.selectors import Entry, Revision, find_file, read_text, resolve_revision
from hub.walks import next_stretch

CARD = "README.md"
SWEEP_STRETCH = 1000
RECENT = timedelta(days=1)
# By name: the task is a door above these services.
CHECK = signature("hub.licensing.tasks.check")


@transaction.atomic
def check_licence(*, repository: Repository, commit: str) -> LicenceCheck | None:
    """Judge the card of a commit, once; RevisionNotFound when the commit is not this repository's.

    None while the bytes of a very large card are still being verified: the sweep comes back.
    """
    revision = resolve_revision(repository, commit)
    card = _find_card(revision)
    if card is not None and card.availability == "checking":
        return None
    LicenceCheck.objects.bulk_create(
        [LicenceCheck(repository=repository, commit=revision.commit)], ignore_conflicts=True
    )
    check = LicenceCheck.objects.select_for_update().get(repository=repository, commit=revision.commit)
    if check.state == LicenceCheck.State.DONE:
        return check
    facts = card_facts(_read_card(card), built_in(), name=repository.full_name, kind=repository.kind)
    check.state = LicenceCheck.State.DONE
    check.verdict = verdict(facts)
    check.declared = declared_as(facts)[:200]
    check.findings = [found.as_json() for found in judge_statement(facts, built_in())]
    check.finished_at = timezone.now()
    check.save()
    audit.record(
        Event.LICENCE_CHECKED,
        actor=None,
        subject=repository.subject,
        commit=check.commit,
        verdict=check.verdict,
        declared=check.declared,
    )
    return check


def _find_card(revision: Revision) -> Entry | None:
    try:
        return find_file(revision, CARD)
    except EntryNotFound:
        return None


def _read_card(entry: Entry | None) -> Card | None:
    """The card; None when there is no README.md that can be read as text."""
    text = None if entry is None else read_text(entry)
    return None if text is None else parse_card(text)


def queue_missing_checks() -> int:
    """Ask for checks of newest commits that a while later have none; returns how many.

    Looks at the repositories that changed last and at a stretch of all, which round by round reaches each.
    """
    now = timezone.now()
    stale = now - timedelta(seconds=settings.RECHECK_AFTER)
    looked_at = set(next_stretch(Repository.objects.all(), walk="licences", size=SWEEP_STRETCH))
    for kind in Repository.Kind.values:
        recent = Repository.objects.filter(kind=kind, updated_at__gt=now - RECENT)
        looked_at.update(recent.order_by("-updated_at", "-pk").values_list("pk", flat=True)[:SWEEP_STRETCH])
    done = LicenceCheck.objects.filter(
        repository=OuterRef("pk"), commit=OuterRef("head"), state=LicenceCheck.State.DONE
    )
    waiting = Repository.objects.filter(~Exists(done), pk__in=looked_at, updated_at__lt=stale)
    heads = list(waiting.exclude(head="").values_list("pk", "head"))
    for repository_id, commit in heads:
        enqueue(CHECK, repository_id, commit)
    return len(heads)
