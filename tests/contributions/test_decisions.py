import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from contributions.moderation import deciding, flagging, selectors, subjects
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import AutoRule, Case, Decision, Policy
from hub.errors import Forbidden, InvalidInput
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Blob
from storage.services import quarantine
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user, suspend
from tests.factories.moderation import FINDING, REASON, decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db


@pytest.fixture
def withheld() -> tuple[Repository, Case]:
    """A repository with a quarantined file, and the open case about it."""
    repository = make_repository(files={"model.bin": b"bad", "good.txt": b"good"})
    sha256 = sha_of(repository, "model.bin")
    quarantine(sha256=sha256)
    return repository, make_blob_case(sha256)


def sha_of(repository: Repository, path: str) -> str:
    return RepositoryBlob.objects.get(repository=repository, path=path).sha256


def state_of(case: Case) -> str:
    return Blob.objects.get(pk=case.sha256).state


def report_file(repository: Repository) -> Case:
    """The case of a report on its model."""
    subject = subjects.blob(sha_of(repository, "model.bin"))
    return flagging.report(subject=subject, reporter=make_user(), cause="malware", text="Look.").case


def taken_down(repository: Repository) -> bool:
    repository.refresh_from_db()
    return repository.taken_down_at is not None


def test_a_dangerous_verdict_withholds_by_a_rule_and_leaves_the_case_open(withheld):
    _, case = withheld
    decision = Decision.objects.get()
    assert (decision.effect, decision.rule, decision.state) == (
        "quarantine",
        "scanner-found-danger",
        "standing",
    )
    assert (case.state, state_of(case)) == ("open", Blob.State.QUARANTINED)


def test_overruling_the_scanner_serves_the_blob_again_and_closes_the_case(withheld):
    _, case = withheld
    moderator = make_moderator()
    decision = decide_case(case, "override", moderator)
    case.refresh_from_db()
    assert state_of(case) == Blob.State.VERIFIED
    assert (case.state, case.outcome) == ("closed", "override")
    assert (decision.moderator, decision.reason, decision.state) == (moderator, REASON, "standing")
    assert list(case.decisions.order_by("id").values_list("state", flat=True)) == ["undone", "standing"]
    logged = AuditEvent.objects.filter(event="case.decided").last()
    assert (logged.actor, logged.subject) == (moderator, case.subject)
    assert logged.data == {
        "decision": decision.pk,
        "effect": "override",
        "policy": "malware",
        "rule": "",
        "reason": REASON,
        "about": f"blob:{case.sha256}",
        "overtaken": [],
    }
    released = AuditEvent.objects.get(event="blob.released")
    assert (released.actor, released.subject) == (moderator, f"blob:{case.sha256}")


def test_to_keep_a_blob_withheld_changes_no_state_and_closes_the_case(withheld):
    _, case = withheld
    decide_case(case, "quarantine")
    case.refresh_from_db()
    assert state_of(case) == Blob.State.QUARANTINED
    assert (case.state, case.outcome) == ("closed", "quarantine")
    assert not AuditEvent.objects.filter(event="blob.released").exists()
    assert Blob.objects.filter(state=Blob.State.QUARANTINED).count() == 1


def test_a_reported_repository_is_taken_down_and_put_back():
    repository, bystander = make_repository(), make_repository()
    case = make_report(repository).case
    decide_case(case, "take_down")
    assert taken_down(repository)
    decide_case(case, "none")
    assert not taken_down(repository)
    assert not taken_down(bystander)
    assert list(case.decisions.order_by("id").values_list("effect", "state")) == [
        ("take_down", "undone"),
        ("none", "standing"),
    ]


def test_what_two_cases_withhold_is_served_only_when_neither_does():
    repository = make_repository()
    spam, licence = make_report(repository, cause="spam").case, make_report(repository, cause="licence").case
    decide_case(spam, "take_down")
    decide_case(licence, "take_down")
    decide_case(spam, "none")
    assert taken_down(repository)
    decide_case(licence, "warn")
    assert not taken_down(repository)


def test_a_case_of_another_cause_does_not_lift_what_a_rule_withholds(withheld):
    repository, case = withheld
    other = flagging.report(
        subject=subjects.blob(case.sha256), reporter=make_user(), cause="licence", text="Mine."
    ).case
    decide_case(other, "none")
    assert state_of(case) == Blob.State.QUARANTINED


def test_asking_for_changes_leaves_the_case_open_and_what_a_rule_withheld_withheld(withheld):
    _, case = withheld
    until = timezone.now() + timezone.timedelta(days=7)
    decision = decide_case(case, "ask", until=until)
    case.refresh_from_db()
    assert (case.state, case.due_at, decision.due_at) == ("asked", until, until)
    assert state_of(case) == Blob.State.QUARANTINED
    decide_case(case, "override")
    assert state_of(case) == Blob.State.VERIFIED


def test_a_decided_case_in_which_changes_are_asked_for_has_no_outcome_any_more():
    case = make_report(make_repository()).case
    decide_case(case, "none")
    decide_case(case, "ask", until=timezone.now() + timezone.timedelta(days=3))
    case.refresh_from_db()
    assert (case.state, case.outcome, case.closed_at) == ("asked", "", None)
    Policy.objects.update(confirm_above=0)
    proposed = decide_case(case, "take_down")
    deciding.decline(decision=proposed, moderator=make_moderator(), reason=REASON)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("asked", "")


def test_the_standing_decision_is_not_taken_twice(withheld):
    _, case = withheld
    decide_case(case, "quarantine")
    with pytest.raises(CaseChanged):
        decide_case(case, "quarantine")
    assert case.decisions.count() == 2


def test_a_moderator_whose_page_is_out_of_date_decides_nothing(withheld):
    _, case = withheld
    seen = Case.objects.get(pk=case.pk).turn
    decide_case(case, "quarantine")
    with pytest.raises(CaseChanged):
        decide_case(case, "override", seen=seen)
    assert state_of(case) == Blob.State.QUARANTINED


def test_an_old_case_is_not_decided_again_when_there_is_a_newer_one():
    repository = make_repository()
    old = make_report(repository).case
    decide_case(old, "none")
    make_report(repository)
    with pytest.raises(CaseChanged, match="newer"):
        decide_case(old, "take_down")
    assert not taken_down(repository)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "effects", [("quarantine", "override"), ("override", "quarantine"), ("quarantine", "quarantine")]
)
def test_of_two_moderators_at_once_one_decides(effects: tuple[str, str]):
    repository = make_repository(files={"model.bin": b"bad"})
    case = make_blob_case(sha_of(repository, "model.bin"))
    moderators = [make_moderator(), make_moderator()]
    turn = Case.objects.get(pk=case.pk).turn
    futures = race(
        [
            lambda effect=effect, who=who: decide_case(case, effect, who, seen=turn)
            for effect, who in zip(effects, moderators, strict=True)
        ]
    )
    assert failures(futures) == [CaseChanged]
    case.refresh_from_db()
    assert case.decisions.get(moderator__isnull=False).effect == case.outcome
    assert (state_of(case) == Blob.State.QUARANTINED) == (case.outcome == "quarantine")


def undecided(case: Case) -> bool:
    case.refresh_from_db()
    return case.state == "open" and not case.decisions.filter(moderator__isnull=False).exists()


def test_only_a_moderator_decides(withheld):
    _, case = withheld
    suspended = make_moderator()
    suspend(suspended)
    for user in (
        make_user(),
        suspended,
        make_user(desk_role="auditor"),
        make_user(desk_role="trusted_reporter"),
    ):
        with pytest.raises(Forbidden):
            decide_case(case, "override", user)
    assert undecided(case)
    assert state_of(case) == Blob.State.QUARANTINED


def test_nobody_decides_about_their_own_repository():
    moderator = make_moderator()
    case = make_report(make_repository(moderator)).case
    with pytest.raises(ConflictOfInterest):
        decide_case(case, "none", moderator)
    assert undecided(case)


@pytest.mark.parametrize("role", ["read", "admin"])
def test_nobody_decides_about_a_blob_that_their_organisation_holds_too(withheld, role: str):
    _, case = withheld
    organisation = make_organisation(owner=(owner := make_user()))
    make_repository(owner, namespace=organisation, files={"copy.bin": b"bad"})
    moderator = make_moderator()
    make_member(organisation, role, moderator)
    with pytest.raises(ConflictOfInterest):
        decide_case(case, "override", moderator)
    assert undecided(case)
    assert state_of(case) == Blob.State.QUARANTINED
    decide_case(case, "override")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"effect": "delete"}, "effect"),
        ({"effect": "hide"}, "effect"),
        ({"effect": "none"}, "effect"),
        ({"reason": ""}, "reason"),
        ({"reason": "too short"}, "reason"),
        ({"reason": " " * 20}, "reason"),
        ({"reason": "a NUL is \x00 in it"}, "reason"),
        ({"effect": "ask"}, "until"),
        ({"effect": "ask", "until": timezone.now() - timezone.timedelta(days=1)}, "until"),
        ({"until": timezone.now() + timezone.timedelta(days=1)}, "until"),
    ],
)
def test_a_decision_that_breaks_a_rule_is_refused(withheld, wrong: dict, field: str):
    _, case = withheld
    given = {"effect": "quarantine", "reason": REASON} | wrong
    with pytest.raises(InvalidInput) as refusal:
        decide_case(case, **given)
    assert refusal.value.field == field
    assert undecided(case)


def test_the_database_holds_one_open_case_on_a_subject_and_cause(withheld):
    repository, _ = withheld
    make_report(repository)
    for row in Case.objects.all():
        row.pk, row._state.adding = None, True
        with pytest.raises(IntegrityError, match="case_open_once"), transaction.atomic():
            row.save()
    assert Case.objects.count() == 2


@pytest.fixture
def proposed() -> tuple[Repository, Decision]:
    """A repository that reaches many, and what one moderator proposes."""
    repository = make_repository()
    Repository.objects.filter(pk=repository.pk).update(downloads=5000)
    case = make_report(Repository.objects.get(pk=repository.pk)).case
    return repository, decide_case(case, "take_down")


def test_where_many_are_reached_a_decision_waits_for_a_second_moderator(proposed):
    repository, decision = proposed
    assert (decision.state, decision.case.state) == ("proposed", "confirming")
    assert not taken_down(repository)
    assert AuditEvent.objects.filter(event="decision.proposed").count() == 1
    assert not AuditEvent.objects.filter(event="case.decided").exists()
    with pytest.raises(ConflictOfInterest):
        deciding.confirm(decision=decision, moderator=decision.moderator)
    second = make_moderator()
    deciding.confirm(decision=decision, moderator=second)
    decision.refresh_from_db()
    assert (decision.state, decision.confirmed_by, decision.case.state) == ("standing", second, "closed")
    assert taken_down(repository)
    with pytest.raises(CaseChanged):
        deciding.confirm(decision=decision, moderator=make_moderator())


def test_what_a_second_moderator_declines_does_nothing_and_the_case_waits_again(proposed):
    repository, decision = proposed
    deciding.decline(decision=decision, moderator=make_moderator(), reason="I do not see spam here.")
    decision.refresh_from_db()
    assert (decision.state, decision.case.state) == ("declined", "open")
    assert not taken_down(repository)
    detail = selectors.case_detail(decision.case)
    assert [(m.text, m.internal) for m in detail.messages] == [("I do not see spam here.", True)]


def test_a_mild_decision_needs_no_second_and_sets_a_proposal_aside(proposed):
    _, decision = proposed
    decide_case(decision.case, "warn")
    decision.refresh_from_db()
    assert (decision.state, decision.case.state) == ("declined", "closed")


@pytest.mark.django_db(transaction=True)
def test_of_a_confirmation_and_a_declining_at_once_one_counts(proposed):
    repository, decision = proposed
    first, second = make_moderator(), make_moderator()
    futures = race(
        [
            lambda: deciding.confirm(decision=decision, moderator=first),
            lambda: deciding.decline(decision=decision, moderator=second, reason="I do not see spam here."),
        ]
    )
    assert failures(futures) == [CaseChanged]
    decision.refresh_from_db()
    assert taken_down(repository) == (decision.state == "standing")


def test_the_reach_from_which_two_decide_is_the_policys():
    Policy.objects.filter(slug="spam").update(confirm_above=10)
    repository = make_repository()
    Repository.objects.filter(pk=repository.pk).update(downloads=9)
    case = make_report(Repository.objects.get(pk=repository.pk)).case
    assert decide_case(case, "take_down").state == "standing"


def test_a_report_lifts_nothing_that_a_scanner_withholds_whose_news_is_not_there_yet():
    repository = make_repository(files={"model.bin": b"bad"})
    sha256 = sha_of(repository, "model.bin")
    quarantine(sha256=sha256)
    for cause in ("malware", "licence"):
        flagging.report(subject=subjects.blob(sha256), reporter=make_user(), cause=cause, text="Look.")
    assert Blob.objects.get(pk=sha256).state == Blob.State.QUARANTINED
    make_blob_case(sha256)
    assert Blob.objects.get(pk=sha256).state == Blob.State.QUARANTINED


def test_a_rule_acts_also_where_a_moderator_asked_for_changes_before():
    repository = make_repository(files={"model.bin": b"bad"})
    sha256 = sha_of(repository, "model.bin")
    case = report_file(repository)
    decide_case(case, "ask", until=timezone.now() + timezone.timedelta(days=3))
    quarantine(sha256=sha256)
    assert make_blob_case(sha256) == case
    assert case.decisions.filter(state="standing", effect="quarantine").exists()
    other = flagging.report(subject=subjects.blob(sha256), reporter=make_user(), cause="spam", text="Look.")
    decide_case(other.case, "none")
    assert state_of(case) == Blob.State.QUARANTINED


@pytest.mark.parametrize("next_step", ["asked", "confirming"])
@pytest.mark.parametrize("mild", ["none", "warn"])
def test_a_rule_acts_on_what_is_found_after_a_mild_decision_in_a_case_that_is_open_again(mild, next_step):
    repository = make_repository(files={"model.bin": b"bad"})
    case = report_file(repository)
    before = decide_case(case, mild)
    if next_step == "asked":
        decide_case(case, "ask", until=timezone.now() + timezone.timedelta(days=3))
    else:
        Case.objects.update(reach=10**6)
        decide_case(case, "quarantine")
    quarantine(sha256=case.sha256)
    assert make_blob_case(case.sha256) == case
    case.refresh_from_db()
    before.refresh_from_db()
    assert (case.state, state_of(case)) == (next_step, Blob.State.QUARANTINED)
    held = case.decisions.get(state="standing", effect="quarantine")
    assert (held.rule, before.state) == ("scanner-found-danger", "undone")
    assert selectors.release_of(case.sha256) is None
    if next_step == "confirming":
        proposal = case.decisions.get(state="proposed")
        deciding.decline(decision=proposal, moderator=make_moderator(), reason="I would rather look.")
        case.refresh_from_db()
        assert (case.state, case.outcome, case.closed_at) == ("open", "", None)
        assert state_of(case) == Blob.State.QUARANTINED
    decide_case(case, "override")
    assert state_of(case) == Blob.State.VERIFIED


def test_where_no_rule_says_so_what_is_found_after_a_mild_decision_is_served_again():
    AutoRule.objects.all().update(enabled=False)
    case = report_file(make_repository(files={"model.bin": b"bad"}))
    decide_case(case, "none")
    decide_case(case, "ask", until=timezone.now() + timezone.timedelta(days=3))
    quarantine(sha256=case.sha256)
    make_blob_case(case.sha256)
    assert state_of(case) == Blob.State.VERIFIED


def test_a_finding_that_was_overruled_withholds_nothing_when_it_is_found_again_and_another_does(withheld):
    _, case = withheld
    decide_case(case, "override")
    decide_case(case, "ask", until=timezone.now() + timezone.timedelta(days=3))
    for findings, state in (([FINDING], "verified"), ([FINDING | {"where": "elsewhere"}], "quarantined")):
        quarantine(sha256=case.sha256)
        assert make_blob_case(case.sha256, findings) == case
        assert state_of(case) == state


def test_a_proposal_waits_while_a_rule_acts():
    case = report_file(make_repository(files={"model.bin": b"bad"}))
    Case.objects.update(reach=10**6)
    proposal = decide_case(case, "quarantine")
    quarantine(sha256=case.sha256)
    make_blob_case(case.sha256)
    assert case.decisions.get(state="standing").rule
    second = make_moderator()
    with pytest.raises(CaseChanged):
        deciding.confirm(decision=proposal, moderator=second, seen=proposal.case.turn)
    deciding.confirm(decision=proposal, moderator=second)
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("closed", "quarantine")
    assert case.decisions.get(state="standing") == proposal


def test_to_give_back_what_two_decided_takes_two(proposed):
    repository, decision = proposed
    deciding.confirm(decision=decision, moderator=make_moderator())
    given_back = decide_case(decision.case, "none")
    assert given_back.state == "proposed"
    assert taken_down(repository)
    deciding.decline(decision=given_back, moderator=make_moderator(), reason="It still is spam.")
    case = Case.objects.get()
    assert (case.state, case.outcome) == ("closed", "take_down")
    assert taken_down(repository)


def test_a_moderator_does_not_choose_the_number_by_the_policy():
    repository = make_repository()
    Repository.objects.filter(pk=repository.pk).update(downloads=5000)
    case = make_report(Repository.objects.get(pk=repository.pk)).case
    assert decide_case(case, "take_down", policy=selectors.policy_for("malware")).state == "proposed"


def test_what_came_again_after_it_was_decided_about_is_withheld_again(withheld):
    _, case = withheld
    decide_case(case, "quarantine")
    Blob.objects.filter(pk=case.sha256).update(state=Blob.State.VERIFIED)
    (found,) = selectors.served_against_decisions()
    deciding.settle_again(case_id=found)
    assert state_of(case) == Blob.State.QUARANTINED
    assert selectors.served_against_decisions() == []


def test_only_what_overrules_a_scanner_is_told_to_everybody(withheld):
    _, case = withheld
    decide_case(case, "override")
    other = flagging.report(
        subject=subjects.blob(case.sha256), reporter=make_user(), cause="licence", text="Mine."
    ).case
    decide_case(other, "warn", reason="Please add the notice of ours.")
    assert selectors.release_of(case.sha256).reason == REASON
