"""What moderation hears from the rooms below, and what its sweep finds when it heard nothing."""

import hashlib

import pytest
from django.core import mail
from django.db import connection
from django.utils import timezone

from accounts import audit
from contributions.moderation import findings, flagging, selectors, subjects, tasks
from contributions.moderation.models import AutoRule, Case, Decision
from hub.events import Event
from hub.repos.services import change_settings
from hub.scanning.models import Scan
from hub.scanning.scanners.artifact import ArtifactScanner
from storage.models import Blob
from storage.services import quarantine
from tests import plans
from tests.factories.accounts import make_user
from tests.factories.moderation import FINDING, decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

BAD = hashlib.sha256(b"bad").hexdigest()
INFO = {"rule": "format", "message": "It is a pickle.", "where": "", "severity": "info"}


def finish_scan(verdict: str, scanner: str = ArtifactScanner.id) -> None:
    audit.record(
        Event.SCAN_FINISHED,
        actor=None,
        subject=f"blob:{BAD}",
        scanner=scanner,
        version="1",
        verdict=verdict,
        findings=[INFO, FINDING | {"severity": verdict or "error"}],
    )


def store_scan(
    sha256: str,
    verdict: str = "dangerous",
    *,
    scanner: str = ArtifactScanner.id,
    version: str = "1",
    minutes_ago: int = 60,
) -> Scan:
    return Scan.objects.create(
        blob_id=sha256,
        scanner=scanner,
        version=version,
        state="done",
        verdict=verdict,
        findings=[INFO, FINDING | {"severity": verdict}],
        queued_at=timezone.now(),
        finished_at=timezone.now() - timezone.timedelta(minutes=minutes_ago),
    )


def age_decisions() -> None:
    Decision.objects.update(applied_at=timezone.now() - timezone.timedelta(hours=1))


def test_a_dangerous_verdict_opens_a_case(django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan("dangerous")
    case = Case.objects.get()
    assert (case.subject_kind, case.sha256, case.source, case.cause) == ("blob", BAD, "scan", "malware")
    assert case.title == f"{FINDING['message']} ({FINDING['where']})"
    assert case.findings == [FINDING]


@pytest.mark.parametrize("verdict", ["safe", "suspicious", "error", ""])
def test_any_other_verdict_opens_none(django_capture_on_commit_callbacks, verdict: str):
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan(verdict)
    assert not Case.objects.exists()


@pytest.fixture
def published() -> str:
    """The sha256 of what a scan is about, in a public repository."""
    make_repository(files={"a.bin": b"bad"})
    return BAD


@pytest.mark.parametrize("public", [True, False])
def test_what_is_suspicious_makes_a_case_where_a_rule_says_so_and_others_can_have_it(
    django_capture_on_commit_callbacks, public: bool
):
    AutoRule.objects.filter(slug="scanner-suspects").update(enabled=True)
    make_repository(files={"a.bin": b"bad"}, visibility="public" if public else "private")
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan("suspicious")
    assert [(case.severity, case.decisions.count()) for case in Case.objects.all()] == [(2, 0)] * public


def test_a_secret_that_others_can_have_makes_a_case_of_its_own(django_capture_on_commit_callbacks, published):
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan("suspicious", scanner="secrets")
    case = Case.objects.get()
    assert (case.source, case.cause, case.sha256) == ("secret", "secret", published)


@pytest.mark.parametrize("scanner", ["secrets", ArtifactScanner.id])
def test_what_was_found_in_a_private_repository_is_flagged_when_it_becomes_public(
    django_capture_on_commit_callbacks, redis_connection, scanner: str
):
    AutoRule.objects.filter(slug="scanner-suspects").update(enabled=True)
    repository = make_repository(files={"a.bin": b"bad"}, visibility="private")
    owner = repository.created_by
    store_scan(BAD, "suspicious", scanner=scanner)
    swept()
    assert not Case.objects.exists()
    with django_capture_on_commit_callbacks(execute=True):
        change_settings(repository=repository, actor_user=owner, visibility="public")
    assert b"moderation.tasks.flag_published" in b"".join(redis_connection.lrange("celery", 0, -1))
    for _ in range(2):
        tasks.flag_published(repository.pk)
        swept()
    case = Case.objects.get()
    assert (case.sha256, case.cause) == (BAD, "secret" if scanner == "secrets" else "malware")
    assert case.flags.count() == 1


def test_the_sweep_flags_suspicions_whose_news_was_lost_and_no_others(redis_connection):
    files = {"a.bin": b"bad", "b.bin": b"b", "c.bin": b"c", "d.bin": b"d"}
    make_repository(files=files)
    of = {name[0]: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    found = store_scan(of["a"], "suspicious", scanner="secrets")
    store_scan(of["b"], "suspicious")
    asked = store_scan(of["c"], "suspicious", scanner="secrets")
    Scan.objects.filter(pk=asked.pk).update(flagged_at=timezone.now())
    store_scan(of["d"], "suspicious", scanner="secrets", minutes_ago=0)
    tasks.sweep()
    queued = b"".join(redis_connection.lrange("celery", 0, -1))
    assert queued.count(b'"contributions.moderation.tasks.flag_suspicion"') == 1
    swept()
    assert [case.sha256 for case in Case.objects.all()] == [of["a"]]
    # What is decided is not asked again; what else is found is.
    decide_case(Case.objects.get(), "override")
    swept()
    assert Case.objects.count() == 1
    more = FINDING | {"severity": "suspicious", "message": "It has another password."}
    Scan.objects.filter(pk=found.pk).update(flagged_at=None, findings=[*found.findings, more])
    swept()
    assert list(Case.objects.order_by("pk").values_list("findings", flat=True))[1:] == [[more]]


@pytest.mark.parametrize("asked_about", [True, False])
def test_what_the_sweep_asks_about_suspicions_is_read_from_an_index_of_what_is_owed(asked_about: bool):
    AutoRule.objects.filter(slug="scanner-suspects").update(enabled=asked_about)
    make_repository(files={"a.bin": b"bad"})
    owed = store_scan(BAD, "suspicious", scanner="secrets")
    flagged = [Blob(sha256=f"{number:064}", size=1, data=b"x") for number in range(3000)]
    Blob.objects.bulk_create(flagged)
    now = timezone.now()
    said = {"version": "1", "state": "done", "verdict": "suspicious", "queued_at": now, "finished_at": now}
    Scan.objects.bulk_create(Scan(blob=blob, scanner="secrets", flagged_at=now, **said) for blob in flagged)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hub_scan")
    with plans.recorded() as found:
        assert findings.suspicions_to_flag(timezone.timedelta(0)) == [owed.pk]
    assert "scan_unflagged" in found[-1]
    assert "Seq Scan on hub_scan" not in found[-1]


def test_where_no_rule_withholds_what_is_dangerous_it_is_served_until_somebody_decides(
    django_capture_on_commit_callbacks, published
):
    AutoRule.objects.filter(slug="scanner-found-danger").update(enabled=False)
    quarantine(sha256=published)
    with django_capture_on_commit_callbacks(execute=True):
        finish_scan("dangerous")
    assert Case.objects.get().state == "open"
    assert Blob.objects.get(pk=published).state == "verified"


def test_a_decision_queues_the_mails(django_capture_on_commit_callbacks, redis_connection):
    case = make_report(make_repository()).case
    with django_capture_on_commit_callbacks(execute=True):
        decision = decide_case(case, "quarantine" if case.sha256 else "take_down")
    queued = redis_connection.lrange("celery", 0, -1)
    for task in (b"notify", b"notify_reporters"):
        named = b'"contributions.moderation.tasks.' + task + b'"'
        assert len([message for message in queued if named in message]) == 1
    assert mail.outbox == []
    assert decision.notified_at is None


def swept() -> None:
    """What the sweep queues about withheld blobs, done as the workers do it."""
    for sha256 in selectors.withheld_without_case():
        tasks.flag_withheld(sha256)
    for scan_id in findings.suspicions_to_flag(timezone.timedelta(minutes=1)):
        tasks.flag_suspicion(scan_id)


def test_what_a_scanner_withheld_whose_news_was_lost_is_flagged_also_while_a_report_waits(published):
    case = flagging.report(
        subject=subjects.blob(published), reporter=make_user(), cause="spam", text="Look."
    ).case
    quarantine(sha256=published)
    assert selectors.withheld_without_case() == [published]
    swept()
    assert Case.objects.exclude(pk=case.pk).get().cause == "malware"
    assert selectors.withheld_without_case() == []


def test_the_sweep_queues_what_is_withheld_without_a_case_and_served_against_a_decision(redis_connection):
    make_repository(files={"a.bin": b"bad", "b.bin": b"worse"})
    case = make_blob_case(hashlib.sha256(b"worse").hexdigest())
    Blob.objects.filter(pk=case.sha256).update(state="verified")
    quarantine(sha256=BAD)
    redis_connection.delete("celery")
    tasks.sweep()
    queued = b"".join(redis_connection.lrange("celery", 0, -1))
    assert b"moderation.tasks.flag_withheld" in queued
    assert b"moderation.tasks.withhold_again" in queued
    tasks.withhold_again(case.pk)
    assert Blob.objects.get(pk=case.sha256).state == "quarantined"


def test_the_sweep_opens_the_case_of_a_withheld_blob_that_was_not_heard_of():
    make_repository(files={"a.bin": b"bad", "b.bin": b"harmless"})
    store_scan(BAD)
    quarantine(sha256=BAD)
    swept()
    swept()
    case = Case.objects.get()
    assert (case.sha256, case.findings) == (BAD, [FINDING])


def test_the_sweep_asks_about_a_blob_withheld_without_any_scan():
    make_repository(files={"a.bin": b"bad"})
    quarantine(sha256=BAD)
    swept()
    assert Case.objects.get().title == "A file was withheld without a finding"


def test_the_sweep_leaves_blobs_alone_that_moderators_were_asked_about():
    make_repository(files={"a.bin": b"bad"})
    quarantine(sha256=BAD)
    case = make_blob_case(BAD)
    swept()
    decide_case(case, "quarantine" if case.sha256 else "take_down")
    swept()
    assert Case.objects.get() == case


def test_the_sweep_asks_again_when_a_released_blob_was_withheld_again():
    make_repository(files={"a.bin": b"bad"})
    quarantine(sha256=BAD)
    decide_case(make_blob_case(BAD), "override")
    swept()
    assert Case.objects.count() == 1
    quarantine(sha256=BAD)
    swept()
    assert Case.objects.count() == 2


def test_the_sweep_queues_decisions_nobody_was_told_about(redis_connection):
    case = make_report(make_repository()).case
    decision = decide_case(case, "quarantine" if case.sha256 else "take_down")
    tasks.sweep()
    assert redis_connection.llen("celery") == 0
    age_decisions()
    tasks.sweep()
    assert redis_connection.llen("celery") == 1
    tasks.notify(decision.pk)
    tasks.sweep()
    assert redis_connection.llen("celery") == 1
