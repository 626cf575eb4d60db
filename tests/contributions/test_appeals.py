"""Whom a decision concerns contests it, and another moderator answers; messages between both sides."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import appealing, deciding, messaging, selectors
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Appeal, Case, Decision, Policy
from hub.errors import Forbidden, InvalidInput
from hub.repos.models import Repository
from tests.factories.accounts import make_member, make_moderator, make_organisation, make_user
from tests.factories.moderation import decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository
from tests.racing import failures, race

pytestmark = pytest.mark.django_db

WHY = "It is a test model of ours, and no spam."


@pytest.fixture
def decision() -> Decision:
    """A repository that a moderator took down."""
    return decide_case(make_report(make_repository(make_user("ada"))).case, "take_down")


def owner_of(decision: Decision):
    return decision.case.repository.namespace.user


def appeal(decision: Decision, **given) -> Appeal:
    given = {"author": None, "text": WHY} | given
    given["author"] = given["author"] or owner_of(decision)
    return appealing.appeal(decision=decision, **given)


def statement(case: Case, reader: User) -> selectors.Statement:
    return selectors.statement_of(case, reader)


def served(decision: Decision) -> bool:
    return Repository.objects.get(pk=decision.case.repository_id).taken_down_at is None


def test_another_moderator_undoes_a_decision_in_full(decision):
    made = appeal(decision)
    filed = AuditEvent.objects.get(event="appeal.filed")
    assert (filed.actor, filed.data["decision"]) == (owner_of(decision), decision.pk)
    assert not served(decision)
    moderator = make_moderator()
    appealing.decide_appeal(appeal=made, moderator=moderator, upheld=False, reason="It is indeed no spam.")
    made.refresh_from_db()
    decision.refresh_from_db()
    case = Case.objects.get()
    assert (made.state, made.decided_by, decision.state) == ("undone", moderator, "undone")
    assert (case.state, case.outcome) == ("closed", "none")
    assert served(decision)
    last = case.decisions.last()
    assert (last.effect, last.moderator, last.reason) == ("none", moderator, "It is indeed no spam.")


def test_what_is_upheld_stays(decision):
    made = appeal(decision)
    appealing.decide_appeal(appeal=made, moderator=make_moderator(), upheld=True, reason="It is spam to us.")
    made.refresh_from_db()
    assert (made.state, made.reason) == ("upheld", "It is spam to us.")
    assert not served(decision)
    with pytest.raises(CaseChanged):
        appealing.decide_appeal(
            appeal=made, moderator=make_moderator(), upheld=False, reason="No, it is not."
        )
    with pytest.raises(CaseChanged):
        appeal(decision)


def test_undoing_what_a_scanner_found_overrules_it():
    repository = make_repository(files={"a.bin": b"bad"})
    case = make_blob_case(selectors.RepositoryBlob.objects.get(repository=repository, path="a.bin").sha256)
    decision = decide_case(case, "quarantine")
    made = appeal(decision, author=repository.namespace.user)
    appealing.decide_appeal(appeal=made, moderator=make_moderator(), upheld=False, reason="It loads nothing.")
    case.refresh_from_db()
    assert case.outcome == "override"
    assert selectors.release_of(case.sha256).reason == "It loads nothing."


def test_an_appeal_that_is_undone_does_not_lift_what_another_case_withholds(decision):
    other = decide_case(make_report(decision.case.repository, cause="licence").case, "take_down")
    appealing.decide_appeal(
        appeal=appeal(decision), moderator=make_moderator(), upheld=False, reason="It is indeed no spam."
    )
    assert not served(decision)
    decide_case(other.case, "none")
    assert served(decision)


def test_who_decided_or_confirmed_does_not_answer_the_appeal():
    repository = make_repository()
    Policy.objects.filter(slug="spam").update(confirm_above=0)
    decision = decide_case(make_report(repository).case, "take_down")
    second = make_moderator()
    decision = deciding.confirm(decision=decision, moderator=second)
    made = appeal(decision)
    for moderator in (decision.moderator, second, owner_of(decision)):
        with pytest.raises(Forbidden):
            appealing.decide_appeal(appeal=made, moderator=moderator, upheld=True, reason="It is spam to us.")
    assert issubclass(ConflictOfInterest, Forbidden)
    made.refresh_from_db()
    assert made.state == "open"


def test_only_those_it_concerns_appeal():
    organisation = make_organisation(owner=(admin := make_user()))
    reader = make_member(organisation, "read", make_user())
    writer = make_member(organisation, "write", make_user())
    case = make_report(make_repository(admin, namespace=organisation)).case
    decision = decide_case(case, "take_down")
    for stranger in (make_user(), reader, make_moderator()):
        with pytest.raises(Forbidden):
            appealing.appeal(decision=decision, author=stranger, text=WHY)
    assert not Appeal.objects.exists()
    appealing.appeal(decision=decision, author=writer, text=WHY)


@pytest.mark.parametrize("text", ["", "short", "x" * 4001, "a NUL is \x00 in it"])
def test_an_appeal_without_words_is_refused(decision, text: str):
    with pytest.raises(InvalidInput) as refusal:
        appeal(decision, text=text)
    assert refusal.value.field == "text"
    assert not Appeal.objects.exists()


def test_it_can_be_too_late_to_appeal(decision):
    Decision.objects.filter(pk=decision.pk).update(applied_at=timezone.now() - timezone.timedelta(days=181))
    with pytest.raises(CaseChanged, match="too late"):
        appeal(decision)


@pytest.fixture
def by_two() -> Decision:
    """A repository that reaches many, taken down by one moderator and confirmed by a second."""
    repository = make_repository(make_user("ada"))
    Policy.objects.filter(slug="spam").update(confirm_above=0)
    proposed = decide_case(make_report(repository).case, "take_down")
    return deciding.confirm(decision=proposed, moderator=make_moderator())


def undo(made: Appeal, moderator: User | None = None) -> Decision:
    """What one moderator who undoes a decision on appeal proposes."""
    given = {"moderator": moderator or make_moderator(), "upheld": False, "reason": "It is indeed no spam."}
    assert appealing.decide_appeal(appeal=made, **given).state == "open"
    return made.decision.case.decisions.get(state="proposed")


def test_what_two_decided_is_undone_on_appeal_by_two(by_two):
    made, first = appeal(by_two), make_moderator()
    proposed = undo(made, first)
    shown = statement(by_two.case, owner_of(by_two))
    assert not served(by_two)
    assert [one.pk for one in shown.decisions] == [by_two.pk]
    assert [one.state for one in shown.current.shown_appeals] == ["open"]
    with pytest.raises(ConflictOfInterest):
        deciding.confirm(decision=proposed, moderator=first)
    deciding.confirm(decision=proposed, moderator=make_moderator())
    made.refresh_from_db()
    assert (made.state, made.decided_by, made.reason) == ("undone", first, "It is indeed no spam.")
    assert served(by_two)
    (answered,) = AuditEvent.objects.filter(event="appeal.decided")
    assert (answered.actor, answered.data["appeal"], answered.data["upheld"]) == (first, made.pk, False)


def test_what_a_second_moderator_declines_to_undo_stays_and_the_appeal_waits(by_two):
    made = appeal(by_two)
    proposed = undo(made)
    for one in (by_two.moderator, by_two.confirmed_by):
        with pytest.raises(ConflictOfInterest):
            deciding.decline(decision=proposed, moderator=one, reason="It is spam to us.")
    with pytest.raises(CaseChanged):
        appealing.decide_appeal(
            appeal=made, moderator=make_moderator(), upheld=True, reason="It is spam to us."
        )
    deciding.decline(decision=proposed, moderator=make_moderator(), reason="It is spam to us.")
    made.refresh_from_db()
    assert (made.state, served(by_two), Case.objects.get().outcome) == ("open", False, "take_down")
    appealing.decide_appeal(appeal=made, moderator=make_moderator(), upheld=True, reason="It is spam to us.")
    assert not served(by_two)


def test_who_decided_may_agree_to_undo_it(by_two):
    made = appeal(by_two)
    deciding.confirm(decision=undo(made), moderator=by_two.moderator)
    made.refresh_from_db()
    assert (made.state, served(by_two)) == ("undone", True)


def test_what_another_gives_back_answers_the_appeal_and_what_the_same_does_overtakes_it(decision):
    made = appeal(decision)
    given_back = decide_case(decision.case, "none")
    made.refresh_from_db()
    assert (made.state, made.decided_by) == ("undone", given_back.moderator)
    again = decide_case(make_report(decision.case.repository).case, "take_down")
    other = appeal(again, author=owner_of(decision))
    decide_case(again.case, "none", again.moderator)
    other.refresh_from_db()
    assert (other.state, other.decided_by) == ("overtaken", None)


def test_what_takes_nothing_cannot_be_appealed_against():
    mild = decide_case(make_report(make_repository()).case, "none")
    with pytest.raises(CaseChanged):
        appeal(mild)


def test_an_appeal_is_overtaken_by_another_decision(decision):
    made = appeal(decision)
    decide_case(decision.case, "warn")
    made.refresh_from_db()
    assert made.state == "overtaken"


@pytest.mark.parametrize("effect", ["warn", "ask", "forbid_name"])
def test_who_decided_what_is_contested_puts_nothing_else_in_its_place(decision, effect):
    made = appeal(decision)
    until = timezone.now() + timedelta(days=3) if effect == "ask" else None
    with pytest.raises(ConflictOfInterest):
        decide_case(decision.case, effect, decision.moderator, until=until)
    made.refresh_from_db()
    decision.refresh_from_db()
    assert (made.state, decision.state, decision.case.decisions.count()) == ("open", "standing", 1)


def test_a_counter_notice_restores_after_the_waiting_period_unless_the_decision_is_upheld():
    cases = [make_report(make_repository(), cause="licence").case for _ in range(2)]
    first, second = (decide_case(case, "take_down") for case in cases)
    for decision in (first, second):
        made = appeal(decision, kind="counter_notice")
        assert timezone.timedelta(days=13) < made.restore_at - timezone.now() <= timezone.timedelta(days=14)
    assert selectors.counter_notices_due() == []
    appealing.decide_appeal(
        appeal=second.appeals.get(), moderator=make_moderator(), upheld=True, reason="A court was asked."
    )
    Appeal.objects.update(restore_at=timezone.now())
    (due,) = selectors.counter_notices_due()
    assert appealing.restore(appeal_id=due)
    assert (served(first), served(second)) == (True, False)
    assert selectors.counter_notices_due() == []
    assert not appealing.restore(appeal_id=due)
    last = first.case.decisions.last()
    assert (last.rule, last.moderator, last.effect) == ("waiting-period", None, "none")


def test_a_counter_notice_is_about_copyright_only(decision):
    warned = decide_case(make_report(make_repository(), cause="licence").case, "warn")
    for one in (decision, warned):
        with pytest.raises(Forbidden):
            appeal(one, kind="counter_notice")


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_counts(decision):
    made = appeal(decision)
    moderators = [make_moderator(), make_moderator()]
    futures = race(
        [
            lambda upheld=upheld, who=who: appealing.decide_appeal(
                appeal=made, moderator=who, upheld=upheld, reason="I looked at it closely."
            )
            for upheld, who in zip((True, False), moderators, strict=True)
        ]
    )
    assert failures(futures) == [CaseChanged]
    made.refresh_from_db()
    assert served(decision) == (made.state == "undone")


def test_both_sides_write_and_the_owner_does_not_read_what_stays_at_the_desk(decision):
    case, owner = decision.case, owner_of(decision)
    messaging.write_from_desk(case=case, moderator=make_moderator(), text="What is it?")
    messaging.write_from_desk(case=case, moderator=make_moderator(), text="Odd.", internal=True)
    messaging.write_to_desk(case=case, author=owner, text="A test.")
    assert [m.text for m in statement(case, owner).messages] == ["What is it?", "A test."]
    assert [m.text for m in selectors.case_detail(case).messages] == ["What is it?", "Odd.", "A test."]
    with pytest.raises(Forbidden):
        messaging.write_to_desk(case=case, author=make_user(), text="Me too.")
    with pytest.raises(Forbidden):
        messaging.write_from_desk(case=case, moderator=owner, text="Me too.")


def test_nobody_floods_the_desk(decision):
    for number in range(messaging.MOST_A_DAY):
        messaging.write_to_desk(case=decision.case, author=owner_of(decision), text=f"{number}")
    with pytest.raises(CaseChanged):
        messaging.write_to_desk(case=decision.case, author=owner_of(decision), text="And again.")


def test_a_statement_takes_constant_queries(decision, django_assert_num_queries):
    appeal(decision)
    for number in range(4):
        messaging.write_to_desk(case=decision.case, author=owner_of(decision), text=f"{number}")
    owner = owner_of(decision)
    with django_assert_num_queries(5):
        shown = selectors.statement_of(decision.case, owner)
        assert shown.current == decision
        assert [made.author for made in shown.current.shown_appeals] == [owner]
        assert len([message.author for message in shown.messages]) == 4


def blob_case(repository: Repository) -> Case:
    return make_blob_case(selectors.RepositoryBlob.objects.get(repository=repository, path="a.bin").sha256)


def test_those_who_hold_the_same_file_read_nothing_of_each_other():
    ada, eve = make_user("ada"), make_user("eve")
    repositories = [make_repository(who, files={"a.bin": b"bad"}) for who in (ada, eve)]
    decision = decide_case(blob_case(repositories[0]), "quarantine")
    appeal(decision, author=ada)
    messaging.write_to_desk(case=decision.case, author=ada, text="It is ours.")
    messaging.write_from_desk(case=decision.case, moderator=make_moderator(), text="We look at it.")
    seen = {who: statement(decision.case, who) for who in (ada, eve)}
    assert [m.text for m in seen[ada].messages] == ["It is ours.", "We look at it."]
    assert [m.text for m in seen[eve].messages] == ["We look at it."]
    assert [len(seen[who].current.shown_appeals) for who in (ada, eve)] == [1, 0]
    # Each is heard.
    appeal(decision, author=eve)


def test_who_brings_a_file_after_it_was_decided_about_does_not_appeal():
    repository = make_repository(files={"a.bin": b"bad"})
    decision = decide_case(blob_case(repository), "quarantine")
    late = make_user()
    make_repository(late, files={"b.bin": b"bad"})
    with pytest.raises(Forbidden):
        appeal(decision, author=late)
    appeal(decision, author=repository.namespace.user)


def test_who_is_asked_for_changes_still_appeals_against_what_stands_beside_it(decision):
    until = timezone.now() + timezone.timedelta(days=3)
    decide_case(decision.case, "ask", until=until)
    shown = statement(decision.case, owner_of(decision))
    assert shown.current == decision
    assert appealing.kinds_of_appeal(shown.current, owner_of(decision)) == ["appeal"]


def test_who_appealed_does_not_answer_it_when_they_left(decision):
    organisation = make_organisation(owner=(admin := make_user()))
    writer = make_member(organisation, "write", make_moderator())
    case = make_report(make_repository(admin, namespace=organisation)).case
    made = appeal(decide_case(case, "take_down"), author=writer)
    organisation.memberships.filter(user=writer).delete()
    with pytest.raises(ConflictOfInterest):
        appealing.decide_appeal(appeal=made, moderator=writer, upheld=False, reason="It is no spam.")
