"""Reports by anybody, decisions by moderators, and what the publisher is told."""

import pytest

from accounts.models import AuditEvent
from contributions.moderation.models import Case, Decision, Report
from storage.models import Blob
from tests.factories.accounts import make_member
from tests.factories.moderation import FINDING, REASON, make_blob_case, make_report
from tests.factories.repositories import add_large

REPORT = {"reason": "licence", "text": "These are my photographs.", "path": "", "contact": "me@example.org"}


@pytest.fixture
def case(world) -> Case:
    """A case about a file that acme/bert and the private acme/secret hold, withheld by a scanner."""
    for repository in (world.public, world.private):
        sha256 = add_large(repository, world.users["writer"], "weights.bin", b"cos\nsystem\n.")
    Blob.objects.filter(pk=sha256).update(state="quarantined")
    return make_blob_case(sha256)


def decide(world, case: Case, who: str = "moderator", *, follow: bool = False, **change: str):
    data = {"action": "release", "reason": REASON, "seen_state": case.state} | change
    return world.client(who).post(f"/moderation/{case.pk}", data, follow=follow)


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader"])
def test_anybody_who_sees_a_repository_can_report_it(world, who):
    answer = world.client(who).post("/acme/bert/report", REPORT, follow=True)
    assert b"Thank you." in answer.content
    report = Report.objects.get()
    assert (report.reporter, report.contact) == (world.users[who], "me@example.org")


def test_a_private_repository_cannot_be_reported_by_those_who_do_not_see_it(world):
    assert world.client("outsider").post("/acme/secret/report", REPORT).status_code == 404
    assert not Report.objects.exists()


def test_nobody_floods_the_moderators_with_reports(world):
    client = world.client("nobody")
    answers = [client.post("/acme/bert/report", REPORT).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
    assert b"Too many requests" in client.post("/acme/bert/report", REPORT).content
    assert client.get("/acme/bert/report").status_code == 200
    assert Report.objects.count() == 10


@pytest.mark.parametrize(
    "change", [{"reason": "dislike"}, {"text": ""}, {"text": "x" * 5000}, {"path": "x" * 2000}]
)
def test_a_bad_report_is_refused_at_its_field(world, change):
    answer = world.client("outsider").post("/acme/bert/report", REPORT | change)
    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert not Report.objects.exists()


def test_the_desk_lists_open_cases_with_what_was_found_or_said(world, case):
    make_report(world.public, reporter=world.users["outsider"])
    shown = world.client("moderator").get("/moderation").content.decode()
    assert FINDING["message"] in shown
    assert "acme/bert was reported" in shown
    assert "in 2 repositories" in shown


def test_a_case_shows_finding_places_reports_and_decisions(world, case):
    shown = world.client("moderator").get(f"/moderation/{case.pk}").content.decode()
    assert FINDING["message"] in shown
    assert FINDING["where"] in shown
    assert 'href="/acme/bert/blob/main/weights.bin"' in shown
    assert case.sha256 in shown


def test_a_case_only_counts_private_repositories(world, case):
    shown = world.client("moderator").get(f"/moderation/{case.pk}").content.decode()
    assert "acme/secret" not in shown
    assert "and in 1 private repository" in shown


def test_a_report_is_shown_to_moderators_with_its_text_escaped(world):
    world.client("nobody").post("/acme/bert/report", REPORT | {"text": "<script>alert(1)</script>"})
    shown = world.client("moderator").get(f"/moderation/{Case.objects.get().pk}").content.decode()
    assert "&lt;script&gt;" in shown
    assert "me@example.org" in shown


def test_a_moderator_releases_a_file_with_a_reason_and_the_publisher_reads_it(world, case):
    assert decide(world, case)["Location"] == f"/moderation/{case.pk}"
    assert Blob.objects.get(pk=case.sha256).state == "verified"
    assert REASON in world.client("writer").get("/acme/bert").content.decode()
    assert REASON in world.client("moderator").get(f"/moderation/{case.pk}").content.decode()


def test_a_moderator_keeps_a_file_in_quarantine(world, case):
    decide(world, case, action="keep")
    assert Blob.objects.get(pk=case.sha256).state == "quarantined"
    assert Decision.objects.get().moderator == world.users["moderator"]


@pytest.mark.parametrize(
    "change", [{"action": "burn"}, {"reason": "short"}, {"reason": ""}, {"seen_state": "x"}]
)
def test_a_bad_decision_is_refused_and_changes_nothing(world, case, change):
    answer = decide(world, case, **change)
    assert answer.status_code == 200
    assert not Decision.objects.exists()
    assert Blob.objects.get(pk=case.sha256).state == "quarantined"


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader", "writer", "admin"])
def test_for_others_there_are_no_cases(world, case, who):
    client = world.client(who)
    existing, missing = client.get(f"/moderation/{case.pk}"), client.get("/moderation/999999")
    assert existing.status_code == missing.status_code == 404
    assert decide(world, case, who).status_code == 404
    assert not Decision.objects.exists()


def test_of_two_moderators_the_second_is_told_that_the_case_is_decided(world, case):
    decide(world, case)
    answer = decide(world, case, action="keep", follow=True)
    assert b"while you were reading it" in answer.content
    assert REASON.encode() in answer.content
    assert Decision.objects.count() == 1


def test_the_same_decision_by_a_second_moderator_says_that_it_stands(world, case):
    decide(world, case)
    assert b"This decision stands already" in decide(world, case).content
    assert Decision.objects.count() == 1


def test_a_moderator_does_not_decide_about_their_own(world, case):
    make_member(world.organisation, "read", world.users["moderator"])
    assert (
        b"Another moderator has to decide it."
        in world.client("moderator").get(f"/moderation/{case.pk}").content
    )
    answer = decide(world, case)
    assert answer.status_code == 200
    assert not Decision.objects.exists()


def test_a_withheld_repository_is_gone_for_visitors_and_explained_to_members(world):
    report = make_report(world.public)
    decide(world, report.case, action="keep")
    assert world.client("nobody").get("/acme/bert").status_code == 404
    assert b"This repository is withheld." in world.client("reader").get("/acme/bert").content


def test_a_withheld_repository_is_gone_from_every_door_until_it_is_released(world):
    doors = (
        "/acme/bert",
        "/acme/bert/tree/main",
        "/api/models/acme/bert",
        "/acme/bert/resolve/main/config.json",
    )

    def answers(who: str) -> set[int]:
        return {world.client(who).get(address).status_code for address in doors}

    report = make_report(world.public)
    decide(world, report.case, action="keep")
    assert answers("nobody").isdisjoint({200})
    assert "acme/bert" not in world.client("nobody").get("/models?search=bert").content.decode()
    assert answers("reader") == answers("moderator") == {200}
    decide(world, report.case, seen_state="closed", action="release")
    assert answers("nobody") == {200}
    assert [row.event for row in AuditEvent.objects.filter(subject=world.public.subject).order_by("id")][
        -2:
    ] == [
        "repository.taken_down",
        "repository.restored",
    ]
