"""What moderators decided stands when a scanner says the same again; what it says anew asks them anew."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from contributions.moderation import findings, tasks
from contributions.moderation.models import AutoRule, Case
from hub.scanning import running, services
from hub.scanning.models import Scan
from storage.models import Blob
from storage.services import quarantine
from tests.builders import pickles as made
from tests.factories.accounts import make_user
from tests.factories.moderation import FINDING, decide_case
from tests.factories.repositories import make_repository

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("only_the_judge")]
BAD, ODD = made.calling("os", "system"), made.calling("nobody_knows", "it")
Scanned = Callable[[], None]


@pytest.fixture
def scanned(django_capture_on_commit_callbacks) -> Scanned:
    """Let a worker do what is queued, and moderation hear of it."""

    def scan() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            running.scan_batch(scan_ids=list(Scan.objects.values_list("pk", flat=True)))

    return scan


def publish(data: bytes) -> Blob:
    make_repository(make_user("ada"), name="m", files={"a.pkl": data})
    blob = Blob.objects.get(data=data)
    services.queue_scans(sha256s=[blob.pk])
    return blob


def same_version(blob: Blob) -> None:
    assert services.rescan(sha256s=[blob.pk]) == 1


def new_version(blob: Blob) -> None:
    """What is there was said by the version before."""
    Scan.objects.filter(blob=blob).update(version="0")
    assert services.queue_scans(sha256s=[blob.pk]) == 1


def forget_one(blob: Blob) -> dict:
    """Let the worst finding be one that the version before did not make."""
    scan = Scan.objects.get(blob=blob)
    worst = next(found for found in scan.findings if found["severity"] in ("dangerous", "suspicious"))
    before = FINDING | {"severity": worst["severity"]}
    Scan.objects.filter(pk=scan.pk).update(findings=[before], version="0")
    Case.objects.update(findings=[before])
    return worst


ways = pytest.mark.parametrize("again", [same_version, new_version])


@ways
def test_a_file_that_was_released_stays_so(scanned, again):
    blob = publish(BAD)
    scanned()
    decide_case(Case.objects.get(), "override")
    again(blob)
    scanned()
    blob.refresh_from_db()
    assert blob.state == Blob.State.VERIFIED
    assert list(Case.objects.values_list("state", "outcome")) == [("closed", "override")]
    assert Scan.objects.filter(blob=blob, state="done", verdict="dangerous").exists()


@ways
def test_a_suspicion_that_was_decided_stays_so(scanned, again):
    AutoRule.objects.filter(slug="scanner-suspects").update(enabled=True)
    blob = publish(ODD)
    scanned()
    decide_case(Case.objects.get(), "override")
    again(blob)
    scanned()
    case = Case.objects.get()
    assert (case.state, case.flags.count()) == ("closed", 1)
    assert findings.suspicions_to_flag(timedelta(0)) == []


def test_a_file_in_which_more_is_found_is_withheld_again_and_its_new_case_says_what(scanned):
    blob = publish(BAD)
    scanned()
    decide_case(old := Case.objects.get(), "override")
    worst = forget_one(blob)
    new_version(blob)
    scanned()
    blob.refresh_from_db()
    assert blob.state == Blob.State.QUARANTINED
    new = Case.objects.exclude(pk=old.pk).get()
    assert (new.state, new.severity, new.title) == ("open", 3, f"{worst['message']} ({worst['where']})")
    assert worst in new.findings
    assert FINDING not in new.findings
    old.refresh_from_db()
    assert old.state == "closed"


def test_a_new_suspicion_beside_what_was_released_withholds_nothing(scanned):
    AutoRule.objects.filter(slug="scanner-suspects").update(enabled=True)
    blob = publish(ODD)
    scanned()
    decide_case(old := Case.objects.get(), "override")
    forget_one(blob)
    Case.objects.update(findings=[FINDING])
    Scan.objects.update(findings=[FINDING], verdict="dangerous")
    new_version(blob)
    scanned()
    blob.refresh_from_db()
    new = Case.objects.exclude(pk=old.pk).get()
    assert (blob.state, new.severity, new.decisions.count()) == (Blob.State.VERIFIED, 2, 0)


def test_what_was_suspected_and_decided_and_is_found_dangerous_now_is_withheld(scanned):
    blob = publish(BAD)
    scanned()
    decide_case(Case.objects.get(), "override")
    for row in (*Scan.objects.filter(blob=blob), *Case.objects.all()):
        row.findings = [found | {"severity": "suspicious"} for found in row.findings]
        row.save()
    new_version(blob)
    scanned()
    blob.refresh_from_db()
    assert blob.state == Blob.State.QUARANTINED
    assert Case.objects.exclude(state="closed").count() == 1


def test_what_was_safe_in_between_and_is_found_again_is_as_it_was_decided(scanned):
    """Scanning alone does not remember it; moderation does."""
    blob = publish(BAD)
    scanned()
    decide_case(Case.objects.get(), "override")
    Scan.objects.filter(blob=blob).update(findings=[], verdict="safe")
    same_version(blob)
    scanned()
    blob.refresh_from_db()
    assert blob.state == Blob.State.VERIFIED
    assert list(Case.objects.values_list("state", "outcome")) == [("closed", "override")]


def test_what_another_scanner_withheld_meanwhile_is_not_served_by_the_old_decision(scanned):
    blob = publish(BAD)
    scanned()
    decide_case(Case.objects.get(), "override")
    one = Scan.objects.get(blob=blob)
    other = [FINDING | {"rule": "virus", "message": "is known as Worm"}]
    quarantine(sha256=blob.pk)
    services.queue_scans(sha256s=[blob.pk])
    Scan.objects.filter(pk=one.pk).update(findings=one.findings + other)
    flagged = findings.flag_finding(
        sha256=blob.pk, scanner=one.scanner, verdict="dangerous", found=one.findings
    )
    blob.refresh_from_db()
    assert (flagged.case.state, blob.state) == ("closed", Blob.State.QUARANTINED)
    tasks.flag_withheld(blob.pk)
    assert Case.objects.exclude(state="closed").get().findings == other


def test_of_a_suspicion_whose_newer_word_is_there_nobody_is_asked(scanned):
    AutoRule.objects.filter(slug="scanner-suspects").update(enabled=True)
    blob = publish(ODD)
    scanned()
    Scan.objects.filter(blob=blob).update(flagged_at=None)
    new_version(blob)
    scanned()
    newest = Scan.objects.exclude(version="0").get(blob=blob)
    assert findings.suspicions_to_flag(timedelta(0)) == [newest.pk]
