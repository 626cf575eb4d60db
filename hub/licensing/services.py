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
from hub.licensing.models import LicenceCheck
from hub.licensing.rules import judge
from hub.queue import enqueue
from hub.repos.cards import Card, parse_card
from hub.repos.models import Repository
from hub.revisions.selectors import Revision, find_file, read_text, resolve_revision

CARD = "README.md"
SWEEP_BATCH = 200
# By name: the task is a door above these services.
CHECK = signature("hub.licensing.tasks.check")


@transaction.atomic
def check_licence(*, repository: Repository, commit: str) -> LicenceCheck:
    """Judge the card of a commit, once; RevisionNotFound when the commit is not this repository's."""
    revision = resolve_revision(repository, commit)
    LicenceCheck.objects.bulk_create(
        [LicenceCheck(repository=repository, commit=revision.commit)], ignore_conflicts=True
    )
    check = LicenceCheck.objects.select_for_update().get(repository=repository, commit=revision.commit)
    if check.state == LicenceCheck.State.DONE:
        return check
    outcome = judge(card_of(revision))
    check.state = LicenceCheck.State.DONE
    check.verdict = outcome.verdict
    check.declared = outcome.declared[:200]
    check.findings = list(outcome.findings)
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


def card_of(revision: Revision) -> Card | None:
    """The card of a revision; None when there is no README.md that can be read as text."""
    try:
        text = read_text(find_file(revision, CARD))
    except EntryNotFound:
        return None
    return None if text is None else parse_card(text)


def queue_missing_checks() -> int:
    """Queue a batch of repositories whose newest commit was not checked a while after it came."""
    stale = timezone.now() - timedelta(seconds=settings.RECHECK_AFTER)
    done = LicenceCheck.objects.filter(
        repository=OuterRef("pk"), commit=OuterRef("head"), state=LicenceCheck.State.DONE
    )
    waiting = Repository.objects.filter(~Exists(done), updated_at__lt=stale).exclude(head="")
    heads = list(waiting.values_list("pk", "head")[:SWEEP_BATCH])
    for repository_id, commit in heads:
        enqueue(CHECK, repository_id, commit)
    return len(heads)
