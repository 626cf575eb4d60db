"""What moderation hears from the rooms below, and what its sweep finds when it heard nothing."""

import hashlib

import pytest
from django.core import mail
from django.utils import timezone

from accounts import audit
from contributions.moderation import services, tasks
from contributions.moderation.models import Case, Decision
from hub.events import Event
from hub.scanning.models import Scan
from hub.scanning.scanners.artifact import ArtifactScanner
from storage.services import quarantine
from tests.factories.accounts import make_moderator
from tests.factories.moderation import FINDING, REASON, make_blob_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

BAD = hashlib.sha256(b"bad").hexdigest()
INFO = {"rule": "format", "message": "It is a pickle.", "where": "", "severity": "info"}


def finish_scan(verdict: str) -> None:
    audit.record(
        Event.SCAN_FINISHED,
        actor=None,
        subject=f"blob:{BAD}",
        scanner=ArtifactScanner.id,
        version="1",
        verdict=verdict,
        findings=[INFO, FINDING],
    )


def store_scan(sha256: str) -> None:
    Scan.objects.create(
        blob_id=sha256,
        scanner=ArtifactScanner.id,
        version="1",
        state="done",
        verdict="dangerous",
        findings=[INFO, FINDING],
        queued_at=timezone.now(),
        finished_at=timezone.now(),
    )


def age_decisions() -> None:
    Decision.objects.update(created_at=timezone.now() - timezone.timedelta(hours=1))


def test_a_dangerous_verdict_opens_a_case(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan("dangerous")
    case = Case.objects.get()
    assert (case.subject_kind, case.sha256, case.origin) == ("blob", BAD, "scan")
    assert case.title == f"{FINDING['message']} ({FINDING['where']})"
    assert case.findings == [FINDING]


@pytest.mark.parametrize("verdict", ["safe", "suspicious", "error", ""])
def test_any_other_verdict_opens_none(django_capture_on_commit_callbacks, verdict: str):
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan(verdict)
    assert not Case.objects.exists()


def test_a_decision_queues_the_mails(django_capture_on_commit_callbacks, redis_connection):
    case = make_report(make_repository()).case
    with django_capture_on_commit_callbacks(execute=True):
        decision = services.decide(case=case, moderator=make_moderator(), action="keep", reason=REASON)
    queued = redis_connection.lrange("celery", 0, -1)
    told = [message for message in queued if b"contributions.moderation.tasks.notify" in message]
    assert len(told) == 1
    assert mail.outbox == []
    assert decision.notified_at is None


def test_the_sweep_opens_the_case_of_a_withheld_blob_that_was_not_heard_of():
    make_repository(files={"a.bin": b"bad", "b.bin": b"harmless"})
    store_scan(BAD)
    quarantine(sha256=BAD)
    tasks.sweep()
    tasks.sweep()
    case = Case.objects.get()
    assert (case.sha256, case.findings) == (BAD, [FINDING])


def test_the_sweep_asks_about_a_blob_withheld_without_any_scan():
    make_repository(files={"a.bin": b"bad"})
    quarantine(sha256=BAD)
    tasks.sweep()
    assert Case.objects.get().title == "A file was withheld without a finding"


def test_the_sweep_leaves_blobs_alone_that_moderators_were_asked_about():
    make_repository(files={"a.bin": b"bad"})
    quarantine(sha256=BAD)
    case = make_blob_case(BAD)
    tasks.sweep()
    services.decide(case=case, moderator=make_moderator(), action="keep", reason=REASON)
    tasks.sweep()
    assert Case.objects.get() == case


def test_the_sweep_asks_again_when_a_released_blob_was_withheld_again():
    make_repository(files={"a.bin": b"bad"})
    quarantine(sha256=BAD)
    services.decide(case=make_blob_case(BAD), moderator=make_moderator(), action="release", reason=REASON)
    tasks.sweep()
    assert Case.objects.count() == 1
    quarantine(sha256=BAD)
    tasks.sweep()
    assert Case.objects.count() == 2


def test_the_sweep_queues_decisions_nobody_was_told_about(redis_connection):
    case = make_report(make_repository()).case
    decision = services.decide(case=case, moderator=make_moderator(), action="keep", reason=REASON)
    tasks.sweep()
    assert redis_connection.llen("celery") == 0
    age_decisions()
    tasks.sweep()
    assert redis_connection.llen("celery") == 1
    tasks.notify(decision.pk)
    tasks.sweep()
    assert redis_connection.llen("celery") == 1
