"""Reports by anybody, decisions by moderators, and what the publisher is told."""

import copy
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import flagging, subjects, tasks
from contributions.moderation.models import Appeal, Case, Decision, Flag, Policy, SavedView
from contributions.moderation.selectors import policies
from hub.http.web import moderation_forms
from hub.repos.models import Repository
from storage.models import Blob
from tests.factories.accounts import make_member
from tests.factories.moderation import FINDING, REASON, decide_case, make_blob_case, make_report
from tests.factories.repositories import add_large

REPORT = {"cause": "licence", "text": "These are my photographs.", "path": "", "contact": "me@example.org"}


@pytest.fixture
def case(world) -> Case:
    """A case about a file that acme/bert and the private acme/secret hold, withheld by a scanner."""
    for repository in (world.public, world.private):
        sha256 = add_large(repository, world.users["writer"], "weights.bin", b"cos\nsystem\n.")
    Blob.objects.filter(pk=sha256).update(state="quarantined")
    return make_blob_case(sha256)


def decide(world, case: Case, who: str = "moderator", *, follow: bool = False, **change: str):
    turn = Case.objects.get(pk=case.pk).turn
    effect = "override" if case.sha256 else "none"
    data = {"effect": effect, "reason": REASON, "policy": "malware", "seen": turn} | change
    return world.client(who).post(f"/moderation/{case.pk}", data, follow=follow)


def by_moderators(case: Case) -> list[Decision]:
    return list(case.decisions.filter(rule=""))


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader"])
def test_anybody_who_sees_a_repository_can_report_it(world, who):
    answer = world.client(who).post("/acme/bert/report", REPORT, follow=True)
    assert b"Thank you." in answer.content
    report = Flag.objects.get()
    assert (report.reporter, report.contact) == (world.users[who], "me@example.org")


def test_a_private_repository_cannot_be_reported_by_those_who_do_not_see_it(world):
    assert world.client("outsider").post("/acme/secret/report", REPORT).status_code == 404
    assert not Flag.objects.exists()


def test_nobody_floods_the_moderators_with_reports(world):
    client = world.client("nobody")
    answers = [client.post("/acme/bert/report", REPORT).status_code for _ in range(11)]
    assert answers == [302] * 10 + [429]
    assert b"Too many requests" in client.post("/acme/bert/report", REPORT).content
    assert client.get("/acme/bert/report").status_code == 200
    assert Flag.objects.count() == 10


def test_one_account_reports_so_much_in_an_hour_from_wherever_it_is(world, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"report_by_user": "2/h/user"}

    def statuses(who: str, count: int) -> list[int]:
        client = world.client(who)
        addresses = [f"192.0.2.{number}" for number in range(count)]
        return [client.post("/acme/bert/report", REPORT, REMOTE_ADDR=ip).status_code for ip in addresses]

    assert statuses("outsider", 4) == [302, 302, 429, 429]
    assert world.client("outsider").get("/acme/bert/report").status_code == 200
    assert statuses("reader", 1) == [302]
    assert statuses("nobody", 3) == statuses("moderator", 3) == [302] * 3


@pytest.mark.parametrize(
    "change", [{"cause": "dislike"}, {"text": ""}, {"text": "x" * 5000}, {"path": "x" * 2000}]
)
def test_a_bad_report_is_refused_at_its_field(world, change):
    answer = world.client("outsider").post("/acme/bert/report", REPORT | change)
    assert answer.status_code == 200
    assert b'class="errorlist"' in answer.content
    assert not Flag.objects.exists()


def test_the_desk_lists_open_cases_with_what_was_found_or_said(world, case):
    make_report(world.public, reporter=world.users["outsider"])
    shown = world.client("moderator").get("/moderation").content.decode()
    assert FINDING["message"] in shown
    assert ">acme/bert</a>" in shown
    assert "1 flag<" in shown


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
    decide(world, case, effect="quarantine", note="A known trick.")
    assert Blob.objects.get(pk=case.sha256).state == "quarantined"
    (decision,) = by_moderators(case)
    assert (decision.moderator, decision.note) == (world.users["moderator"], "A known trick.")


@pytest.mark.parametrize(
    "change",
    [
        {"effect": "burn"},
        {"effect": "none"},
        {"reason": "short"},
        {"reason": ""},
        {"seen": "x"},
        {"policy": ""},
    ],
)
def test_a_bad_decision_is_refused_and_changes_nothing(world, case, change):
    answer = decide(world, case, **change)
    assert answer.status_code == 400
    assert by_moderators(case) == []
    assert Blob.objects.get(pk=case.sha256).state == "quarantined"


def test_a_policy_that_is_deleted_after_the_form_was_read_is_named_in_the_form(world, case, monkeypatch):
    gone = Policy.objects.create(
        slug="cats", cause="spam", due_hours=1, confirm_above=10, appeal_days=1, title="Cats", text="No cats."
    )
    known = [*policies(), copy.copy(gone)]
    gone.delete()
    monkeypatch.setattr(moderation_forms, "policies", lambda: known)
    answer = decide(world, case, policy="cats")
    assert answer.status_code == 400
    assert b"This policy was deleted meanwhile" in answer.content
    assert by_moderators(case) == []


@pytest.mark.parametrize("who", ["nobody", "outsider", "reader", "writer", "admin"])
def test_for_others_there_are_no_cases(world, case, who):
    client = world.client(who)
    existing, missing = client.get(f"/moderation/{case.pk}"), client.get("/moderation/999999")
    assert existing.status_code == missing.status_code == 404
    assert decide(world, case, who).status_code == 404
    assert by_moderators(case) == []


def test_all_moderators_are_asked_for_an_opinion_with_one_button(world, case):
    page = world.client("moderator").get(f"/moderation/{case.pk}").content
    assert b"Ask all moderators" in page
    alone = world.client("moderator").post(f"/moderation/{case.pk}/claim", {"act": "all"}, follow=True)
    assert b"There is no other moderator who can look at it." in alone.content
    world.users["outsider"].desk_role = "moderator"
    world.users["outsider"].save()
    asked = world.client("moderator").post(f"/moderation/{case.pk}/claim", {"act": "all"}, follow=True)
    asker, colleague = (world.users[who].username for who in ("moderator", "outsider"))
    assert f"{asker} asks all moderators for an opinion" in asked.content.decode()
    assert b"Ask all moderators" not in asked.content
    listed = world.client("outsider").get("/moderation?more=second").content
    assert f"/moderation/{case.pk}".encode() in listed
    assert (
        f"/moderation/{case.pk}".encode()
        not in world.client("moderator").get("/moderation?more=second").content
    )
    said = {"text": "I would keep it.", "internal": "on"}
    world.client("outsider").post(f"/moderation/{case.pk}/messages", said)
    page = world.client("moderator").get(f"/moderation/{case.pk}").content
    assert f"{colleague} is asked for an opinion.".encode() in page
    assert b"Ask all moderators" in page


def test_a_new_case_about_a_file_says_that_what_it_shows_is_new(world, case):
    decide(world, case)
    other = FINDING | {"message": "It also runs eval."}
    new = make_blob_case(case.sha256, [FINDING, other])
    page = world.client("moderator").get(f"/moderation/{new.pk}").content.decode()
    assert f"This is new: what was found before was decided in case {case.pk}." in page
    old = world.client("moderator").get(f"/moderation/{case.pk}").content.decode()
    assert "This is new" not in old


def test_of_two_moderators_the_second_is_told_that_something_happened(world, case):
    seen = Case.objects.get(pk=case.pk).turn
    decide(world, case)
    answer = decide(world, case, effect="quarantine", seen=seen, follow=True)
    assert b"Something happened in this case while you were reading it." in answer.content
    assert REASON.encode() in answer.content
    assert len(by_moderators(case)) == 1


def test_the_same_decision_by_a_second_moderator_is_none(world, case):
    decide(world, case)
    assert b"This decision stands already" in decide(world, case).content
    assert len(by_moderators(case)) == 1


def test_a_moderator_neither_decides_about_their_own_nor_learns_who_reported(world):
    flag = make_report(world.public, reporter=world.users["outsider"])
    make_member(world.organisation, "read", world.users["moderator"])
    answer = world.client("moderator").get(f"/moderation/{flag.case.pk}")
    assert answer.status_code == 403
    assert b"Another moderator has to decide it." in answer.content
    assert b"outsider" not in answer.content
    assert decide(world, flag.case).status_code == 403
    assert not Decision.objects.exists()


def test_an_auditor_reads_everything_and_changes_nothing(world, case):
    User.objects.filter(pk=world.users["outsider"].pk).update(desk_role="auditor")
    client = world.client("outsider")
    shown = client.get(f"/moderation/{case.pk}")
    assert FINDING["message"].encode() in shown.content
    assert b"Decide" not in shown.content
    assert client.get("/moderation").status_code == 200
    for place in ("", "/claim", "/messages"):
        assert client.post(f"/moderation/{case.pk}{place}", {"act": "claim", "text": "x"}).status_code == 404
    assert decide(world, case, "outsider").status_code == 404
    assert by_moderators(case) == []


def test_a_case_is_claimed_and_written_about(world, case):
    client = world.client("moderator")
    client.post(f"/moderation/{case.pk}/claim", {"act": "claim"})
    client.post(f"/moderation/{case.pk}/messages", {"text": "What is it for?"})
    shown = client.get(f"/moderation/{case.pk}").content.decode()
    assert "Give it back" in shown
    assert "What is it for?" in shown
    assert "moderator" in client.get("/moderation?claimed=mine").content.decode()
    assert (
        client.post(
            f"/moderation/{case.pk}/claim", {"act": "hand_over", "colleague": "nobody-here"}
        ).status_code
        == 400
    )


def test_a_view_is_kept_and_forgotten(world):
    client = world.client("moderator")
    kept = client.post("/moderation/views", {"act": "save", "name": "Late", "query": "more=overdue"})
    assert kept["Location"] == "/moderation?more=overdue"
    assert b'href="?more=overdue">Late<' in client.get("/moderation").content
    client.post("/moderation/views", {"act": "delete", "name": "Late"})
    assert not SavedView.objects.exists()


@pytest.mark.parametrize("query", ["state=x", "page=0", "page=x", "severity=9", "order=y", "claimed=z"])
def test_a_queue_that_nobody_can_want_is_the_whole_one(world, case, query: str):
    assert FINDING["message"].encode() in world.client("moderator").get(f"/moderation?{query}").content


def test_a_proposal_waits_for_a_colleague(world):
    Repository.objects.filter(pk=world.public.pk).update(downloads=20_000)
    case = make_report(Repository.objects.get(pk=world.public.pk), cause="malware").case
    answer = decide(world, case, effect="take_down", follow=True)
    assert b"a second moderator has to confirm it" in answer.content
    decision = Decision.objects.get()
    address = f"/moderation/{case.pk}/decisions/{decision.pk}"
    seen = Case.objects.get(pk=case.pk).turn
    confirmation = {"answer": "confirm", "seen": seen}
    own = world.client("moderator").post(address, confirmation)
    assert own.status_code == 302
    decision.refresh_from_db()
    assert decision.state == "proposed"
    User.objects.filter(pk=world.users["outsider"].pk).update(desk_role="moderator")
    assert (
        f'name="seen" value="{seen}"'
        in world.client("outsider").get(f"/moderation/{case.pk}").content.decode()
    )
    Case.objects.filter(pk=case.pk).update(turn=seen + 1)
    changed = world.client("outsider").post(address, confirmation)
    assert changed.status_code == 409
    assert b"Something happened in this case while you were reading it." in changed.content
    decision.refresh_from_db()
    assert decision.state == "proposed"
    world.client("outsider").post(address, confirmation | {"seen": seen + 1})
    decision.refresh_from_db()
    assert (decision.state, decision.confirmed_by) == ("standing", world.users["outsider"])


def test_who_reported_something_reads_on_its_page_that_a_colleague_decides(world):
    case = make_report(world.public, reporter=world.users["moderator"]).case
    page = world.client("moderator").get(f"/moderation/{case.pk}")
    assert b"You reported this yourself" in page.content
    assert b'name="effect"' not in page.content
    answer = decide(world, case, effect="take_down", policy="spam")
    assert answer.status_code == 400
    assert not Decision.objects.exists()


def statement(world, case: Case, who: str):
    return world.client(who).get(f"/moderation/{case.pk}/statement")


def test_those_it_concerns_read_what_and_why_and_not_who_reported(world):
    flag = make_report(world.public, reporter=world.users["outsider"])
    decide(world, flag.case, effect="take_down", note="A known trick.", policy="spam")
    shown = statement(world, flag.case, "writer").content.decode()
    assert REASON in shown
    assert "No advertising, no flooding" in shown
    for secret in ("outsider", flag.text, "A known trick.", "moderator</"):
        assert secret not in shown
    for who in ("reader", "outsider", "moderator"):
        assert statement(world, flag.case, who).status_code == 404
    assert statement(world, flag.case, "nobody").status_code == 302


def test_the_owner_appeals_and_another_moderator_undoes_it(world):
    case = make_report(world.public).case
    decide(world, case, effect="take_down", policy="spam")
    sent = world.client("writer").post(
        f"/moderation/{case.pk}/statement", {"kind": "appeal", "text": "It is our own model."}, follow=True
    )
    assert b"It was sent to the moderators." in sent.content
    appeal = Appeal.objects.get()
    address = f"/moderation/{case.pk}/appeals/{appeal.pk}"
    seen = {"seen": Case.objects.get(pk=case.pk).turn}
    world.client("moderator").post(address, seen | {"answer": "undo", "reason": "I was wrong myself."})
    assert Appeal.objects.get().state == "open"
    User.objects.filter(pk=world.users["outsider"].pk).update(desk_role="moderator")
    late = world.client("outsider").post(address, {"answer": "undo", "reason": REASON, "seen": 0})
    assert (late.status_code, Appeal.objects.get().state) == (409, "open")
    world.client("outsider").post(address, seen | {"answer": "undo", "reason": "It is their own model."})
    assert Appeal.objects.get().state == "undone"
    assert world.client("nobody").get("/acme/bert").status_code == 200
    assert b"It is their own model." in statement(world, case, "writer").content


def test_the_owner_writes_to_the_desk(world, case):
    page = f"/moderation/{case.pk}/statement"
    world.client("writer").post(page, {"write": "1", "text": "We replace it today."})
    assert b"We replace it today." in world.client("moderator").get(f"/moderation/{case.pk}").content
    assert world.client("writer").post(page, {"write": "1", "text": ""}).status_code == 200
    assert case.messages.count() == 1


def test_a_file_and_a_commit_are_reported_as_what_they_are(world):
    client = world.client("outsider")
    client.post("/acme/bert/report", REPORT | {"path": "config.json"})
    client.post(f"/acme/bert/report?revision={world.public.head}", REPORT)
    missing = client.post("/acme/bert/report", REPORT | {"path": "missing.bin"})
    assert b"There is no such file." in missing.content
    assert sorted(Case.objects.values_list("subject_kind", flat=True)) == ["blob", "revision"]


def test_a_withheld_repository_is_gone_for_visitors_and_explained_to_members(world):
    report = make_report(world.public)
    decide(world, report.case, effect="take_down")
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
    decide(world, report.case, effect="take_down")
    assert answers("nobody").isdisjoint({200})
    assert "acme/bert" not in world.client("nobody").get("/models?search=bert").content.decode()
    assert answers("reader") == answers("moderator") == {200}
    decide(world, report.case, effect="none")
    assert answers("nobody") == {200}
    assert [row.event for row in AuditEvent.objects.filter(subject=world.public.subject).order_by("id")][
        -2:
    ] == [
        "repository.taken_down",
        "repository.restored",
    ]


def test_before_anything_is_decided_nobody_learns_that_something_was_reported(world):
    case = make_report(world.public).case
    assert statement(world, case, "writer").status_code == 404
    world.client("moderator").post(f"/moderation/{case.pk}/messages", {"text": "What is it for?"})
    assert statement(world, case, "writer").status_code == 200


def test_somebody_suspended_reads_why_and_appeals_by_the_link_in_the_mail(world):
    user = world.users["outsider"]
    subject = subjects.namespace(user.namespace)
    case = flagging.report(subject=subject, reporter=world.users["writer"], cause="spam", text="Look.").case
    decide_case(case, "suspend_account")
    tasks.notify(case.decisions.get().pk)
    (page,) = re.findall(rf"http\S+(/moderation/{case.pk}/statement\?key=\S+)", mail.outbox[0].body)
    nobody = world.client("nobody")
    assert REASON in nobody.get(page).content.decode()
    nobody.post(page, {"kind": "appeal", "text": "I was in a hurry, and am sorry."})
    assert Appeal.objects.get().author == user
    for wrong in (page + "x", page.replace(f"/{case.pk}/", "/999999/"), f"{page.partition('?')[0]}?key="):
        assert nobody.get(wrong).status_code == 302
    decide_case(case, "none")
    # Who is not suspended any more logs in.
    assert nobody.get(page).status_code == 302


def test_an_appeal_is_told_with_its_deadline_at_the_top_in_the_queue_and_in_its_case(world):
    case = make_report(world.public, reporter=world.users["outsider"]).case
    decide_case(case, "take_down")
    said = {"kind": "appeal", "text": "It is our own model."}
    world.client("writer").post(f"/moderation/{case.pk}/statement", said)
    client = world.client("moderator")
    assert "appeal overdue" not in client.get("/moderation").content.decode()
    Appeal.objects.update(due_at=timezone.now() - timedelta(hours=5))
    shown = client.get("/moderation?more=appealed").content.decode()
    assert "<strong>1</strong> appeal overdue" in shown
    assert "the oldest appeal has waited for" in shown
    assert "appeal overdue for 5 hours" in shown
    page = client.get(f"/moderation/{case.pk}").content.decode()
    assert "overdue for 5 hours" in page
    # Whoever answers knows who reads it.
    assert "so does everybody who can see it" in page


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(hours=1), "due in 1 hour"),
        (timedelta(hours=47), "due in 47 hours"),
        (timedelta(days=3), "due in 3 days"),
        (-timedelta(hours=2), "overdue for 2 hours"),
        (-timedelta(days=4), "overdue for 4 days"),
    ],
)
def test_queue_and_case_say_how_long_is_left(world, left, words):
    case = make_report(world.public).case
    Case.objects.filter(pk=case.pk).update(due_at=timezone.now() + left)
    for page in ("/moderation", f"/moderation/{case.pk}"):
        assert words in world.client("moderator").get(page).content.decode()


def test_a_link_leads_past_the_evidence_to_the_decision_for_those_who_decide(world):
    case = make_report(world.public).case
    shown = world.client("moderator").get(f"/moderation/{case.pk}").content
    assert b'href="#decide"' in shown
    assert shown.index(b'href="#decide"') < shown.index(b'id="flags"') < shown.index(b'id="decide"')
