import hashlib

import pytest
from django.utils import timezone, translation

from contributions.moderation import appealing, claiming, flagging, selectors, subjects, views
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Appeal, Case
from contributions.moderation.queueing import Wanted, counts, queue
from hub.errors import InvalidInput
from hub.repos.models import Repository
from storage.models import Blob
from storage.services import quarantine
from tests.factories.accounts import make_moderator, make_user
from tests.factories.moderation import FINDING, REASON, decide_case, make_blob_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def withhold(data: bytes) -> Case:
    quarantine(sha256=sha(data))
    return make_blob_case(sha(data))


def shown(user=None, **wanted) -> list[Case]:
    return queue(user or make_moderator(), Wanted(**wanted)).cases


def test_the_queue_shows_the_gravest_and_then_those_that_reach_most():
    small, large = make_repository(), make_repository()
    type(large).objects.filter(pk=large.pk).update(downloads=9)
    spam, most = make_report(small).case, make_report(type(large).objects.get(pk=large.pk)).case
    make_repository(files={"a.bin": b"bad"})
    blob = withhold(b"bad")
    decided = make_report(make_repository(), cause="malware").case
    decide_case(decided, "none")
    assert shown() == [blob, most, spam]
    first = queue(make_moderator(), limit=1, offset=1)
    assert (first.cases, first.more) == ([most], True)
    assert shown(order="age") == [spam, most, blob]
    assert shown(order="due")[0] == blob
    assert shown(order="reach")[0] == most
    assert shown(states=frozenset({"closed"})) == [decided]


def test_the_queue_is_filtered_by_everything_that_is_said_of_a_case():
    me, colleague = make_moderator(), make_moderator()
    make_repository(files={"a.bin": b"bad"})
    blob = withhold(b"bad")
    spam, mine, second = (make_report(make_repository(), cause=c).case for c in ("spam", "other", "licence"))
    claiming.claim(case=mine, moderator=me)
    claiming.ask_second(case=second, moderator=colleague, colleague=me)
    late = make_report(make_repository()).case
    Case.objects.filter(pk=late.pk).update(due_at=timezone.now() - timezone.timedelta(hours=1))
    assert shown(cause="spam") == [spam, late]
    assert shown(source="scan") == shown(kind="blob") == shown(severity=3) == [blob]
    assert shown(me, claimed="mine") == shown(claimed=me.username) == [mine]
    assert mine not in shown(claimed="nobody")
    assert shown(me, second=True) == [second]
    assert shown(overdue=True) == [late]
    # Of their own they learn what its people are told.
    assert shown(spam.repository.namespace.user, cause="spam") == [late]
    found = counts()
    assert (found.open, found.overdue, found.unclaimed, found.high, found.appeals) == (5, 1, 4, 1, 0)
    assert found.oldest == blob.created_at


def test_appeals_are_in_the_order_of_their_deadlines_and_late_ones_are_counted():
    """Also of cases that are closed; the deadline is that of the policy which the decision cites."""
    cases = [make_report(make_repository()).case for _ in range(4)]
    made = []
    for case in cases[:3]:
        decision = decide_case(case, "take_down")
        author = case.repository.namespace.user
        made.append(appealing.appeal(decision=decision, author=author, text="It is ours, and no spam."))
    due = made[0].created_at + timezone.timedelta(hours=made[0].decision.policy.due_hours)
    assert abs(made[0].due_at - due) < timezone.timedelta(seconds=5)
    found = counts()
    assert (found.open, found.appeals, found.appeals_overdue) == (1, 3, 0)
    assert found.oldest_appeal == made[0].created_at
    past = timezone.now() - timezone.timedelta(hours=1)
    Appeal.objects.filter(pk=made[2].pk).update(due_at=past)
    listed = queue(make_moderator(), Wanted(appealed=True)).cases
    assert [case.pk for case in listed] == [cases[number].pk for number in (2, 0, 1)]
    assert listed[0].appeal_due == past
    assert counts().appeals_overdue == 1
    appealing.decide_appeal(
        appeal=made[2], moderator=make_moderator(), upheld=True, reason="It is spam, look at it."
    )
    assert (counts().appeals, counts().appeals_overdue) == (2, 0)


def test_the_queue_and_its_numbers_take_three_queries_however_long_it_is(django_assert_num_queries):
    user = make_moderator()
    for _ in range(3):
        repository = make_repository()
        make_report(repository)
        make_report(repository)
    with django_assert_num_queries(3):
        found = [(case.flag_count, case.claimed_by) for case in shown(user)]
        counts()
    assert found == [(2, None)] * 3


def test_one_claims_a_case_gives_it_back_or_over():
    case, ann, bob = make_report(make_repository()).case, make_moderator(), make_moderator()
    claiming.claim(case=case, moderator=ann)
    with pytest.raises(CaseChanged):
        claiming.claim(case=case, moderator=bob)
    with pytest.raises(CaseChanged):
        claiming.let_go(case=case, moderator=bob)
    claiming.hand_over(case=case, moderator=ann, to=bob)
    assert selectors.case_by_id(case.pk).claimed_by == bob
    claiming.let_go(case=case, moderator=make_user(desk_role="lead"))
    assert selectors.case_by_id(case.pk).claimed_by is None
    claiming.claim(case=case, moderator=ann)
    decide_case(case, "none", ann)
    assert selectors.case_by_id(case.pk).claimed_by is None


def test_nobody_claims_or_is_given_their_own_case():
    owner, other = make_moderator(), make_moderator()
    case = make_report(make_repository(owner)).case
    for act in (
        lambda: claiming.claim(case=case, moderator=owner),
        lambda: claiming.hand_over(case=case, moderator=other, to=owner),
        lambda: claiming.ask_second(case=case, moderator=other, colleague=owner),
    ):
        with pytest.raises(ConflictOfInterest):
            act()
    case.refresh_from_db()
    assert (case.claimed_by, case.second_by) == (None, None)


@pytest.mark.parametrize("role", ["", "trusted_reporter", "auditor"])
def test_a_case_is_handed_to_moderators_only(role: str):
    case = make_report(make_repository()).case
    with pytest.raises(InvalidInput) as refusal:
        claiming.hand_over(case=case, moderator=make_moderator(), to=make_user(desk_role=role))
    assert refusal.value.field == "colleague"


def test_views_are_kept_by_name_and_are_ones_own():
    user = make_moderator()
    views.save_view(user=user, name="Late", query="more=overdue")
    views.save_view(user=user, name="Late", query="more=overdue&order=due")
    views.save_view(user=make_moderator(), name="Other", query="")
    assert [(view.name, view.query) for view in views.views_of(user)] == [("Late", "more=overdue&order=due")]
    views.forget_view(user=user, name="Late")
    assert views.views_of(user) == []


def test_of_more_views_than_are_kept_one_is_told_in_the_readers_language():
    user = make_moderator()
    for number in range(views.MOST):
        views.save_view(user=user, name=str(number), query="")
    with translation.override("de"), pytest.raises(InvalidInput, match="Höchstens 20 Ansichten"):
        views.save_view(user=user, name="One more", query="")


def test_a_blobs_case_shows_findings_in_words(django_assert_num_queries):
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    with django_assert_num_queries(6):
        detail = selectors.case_detail(case)
    assert detail.findings == [f"{FINDING['message']} ({FINDING['where']})"]


def test_a_repositorys_case_shows_its_flags_decisions_and_what_came_before():
    repository, rita = make_repository(), make_user("rita")
    earlier = make_report(repository, cause="other").case
    case = make_report(repository, reporter=rita, path="a.bin").case
    make_report(make_repository())
    decide_case(case, "take_down")
    detail = selectors.case_detail(selectors.case_by_id(case.pk))
    assert [(flag.reporter, flag.path) for flag in detail.flags] == [(rita, "a.bin")]
    assert [decision.effect for decision in detail.decisions] == ["take_down"]
    assert detail.earlier == [earlier]


def test_a_case_that_does_not_exist_is_none():
    assert selectors.case_by_id(0) is None


def notices(repository: Repository) -> list[tuple[str, bool, str]]:
    return [(n.path, n.withheld, n.reason) for n in selectors.standing_notices(repository)]


def test_publishers_see_what_is_withheld_and_why():
    repository = make_repository(files={"bad.bin": b"bad", "worse.bin": b"worse", "good.txt": b"good"})
    other = make_repository(files={"good.txt": b"good"})
    case, _ = withhold(b"bad"), withhold(b"worse")
    decide_case(case, "quarantine")
    assert notices(repository) == [("bad.bin", True, REASON), ("worse.bin", True, "")]
    assert FINDING["message"] in selectors.standing_notices(repository)[1].findings[0]
    assert notices(other) == []


def test_a_withheld_file_is_shown_before_its_case_is_opened():
    repository = make_repository(files={"bad.bin": b"bad"})
    quarantine(sha256=sha(b"bad"))
    assert notices(repository) == [("bad.bin", True, "")]


def test_publishers_see_what_was_released():
    repository = make_repository(files={"bad.bin": b"bad"})
    decide_case(withhold(b"bad"), "override")
    assert notices(repository) == [("bad.bin", False, REASON)]


def test_publishers_see_that_the_whole_repository_is_withheld():
    repository = make_repository()
    case = make_report(repository).case
    assert notices(repository) == []
    decide_case(case, "take_down")
    repository.refresh_from_db()
    assert notices(repository) == [("", True, REASON)]


def test_notices_take_constant_queries(django_assert_num_queries):
    files = {f"{number}.bin": str(number).encode() for number in range(5)}
    repository = make_repository(files=files)
    decide_case(make_report(repository).case, "none")
    for data in files.values():
        decide_case(withhold(data), "quarantine")
    with django_assert_num_queries(4):
        assert len(selectors.standing_notices(repository)) == 6


def test_findings_join_the_open_case_of_their_blob_without_repeating():
    other = {**FINDING, "rule": "pickle.other", "message": "It also runs eval."}
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    assert make_blob_case(sha(b"bad"), [FINDING, other]) == case
    case.refresh_from_db()
    assert case.findings == [FINDING, other]
    assert case.severity == 3


def test_a_blob_that_moderators_keep_withheld_makes_no_new_case():
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    decide_case(case, "quarantine")
    assert withhold(b"bad") == case
    assert Case.objects.count() == 1


def test_a_blob_that_moderators_released_makes_a_new_case_when_more_is_found_in_it():
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    decide_case(case, "override")
    assert withhold(b"bad") == case
    other = {**FINDING, "message": "It also runs eval."}
    new = make_blob_case(sha(b"bad"), [FINDING, other])
    assert new != case
    assert new.findings == [other]
    detail = selectors.case_detail(new)
    assert detail.decided_before == case
    assert selectors.case_detail(case).decided_before is None


def test_what_was_decided_is_no_part_of_a_case_that_somebody_reports_later():
    make_repository(files={"a.bin": b"bad"})
    case = withhold(b"bad")
    decide_case(case, "override")
    reported = flagging.report(
        subject=subjects.blob(case.sha256), reporter=make_user(), cause="malware", text="Look again, please."
    ).case
    assert withhold(b"bad") == case
    reported.refresh_from_db()
    assert (reported.state, reported.findings) == ("open", [])
    assert Blob.objects.get(pk=case.sha256).state == "verified"


def test_the_sweep_finds_decisions_that_nobody_was_told_about():
    untold = decide_case(make_report(make_repository()).case, "take_down")
    told = decide_case(make_report(make_repository()).case, "take_down")
    type(told).objects.filter(pk=told.pk).update(notified_at=timezone.now())
    assert selectors.decisions_to_tell(timezone.timedelta(0)) == [untold.pk]
    assert selectors.decisions_to_tell(timezone.timedelta(hours=1)) == []
