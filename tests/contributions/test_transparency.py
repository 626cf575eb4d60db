"""What everybody is told of moderation is rounded, and no small number can be computed from it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contributions.moderation import appealing
from contributions.moderation.automation import acts_by_rule
from contributions.moderation.models import Appeal, AutoRule, Case, Decision, Flag
from contributions.moderation.selectors import policy_for
from contributions.moderation.transparency import Period, numbers, period_of, periods, told
from contributions.moderation.vocabulary import WAITED
from hub.errors import InvalidInput
from tests.factories.accounts import make_moderator
from tests.factories.moderation import decide_case, make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, tzinfo=UTC)
ALL = Period("")


def make_cases(count: int, *, opened: datetime = NOW, hours: float = 0, **fields) -> list[Case]:
    """Cases as rows; with an outcome they are closed, after so many hours, by a decision."""
    about = {
        "subject_kind": "repository",
        "cause": "spam",
        "source": "report",
        "severity": 1,
        "title": "thing",
        "created_at": opened,
        "due_at": opened,
    } | fields
    closed = opened + timedelta(hours=hours)
    if about.get("outcome"):
        about |= {"state": "closed", "closed_at": closed}
    first = Case.objects.count()
    cases = Case.objects.bulk_create(
        Case(subject_key=f"repository:{first + number}", subject_name="thing", **about)
        for number in range(count)
    )
    if about.get("outcome"):
        make_decisions(cases, effect=about["outcome"], state="standing", applied_at=closed)
    return cases


def make_decisions(cases: list[Case], **fields) -> None:
    policy = policy_for("spam")
    Decision.objects.bulk_create(Decision(case=case, policy=policy, reason="", **fields) for case in cases)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1003, 1005)]
)
def test_a_count_is_told_as_a_multiple_of_five_and_a_small_one_not_at_all(count: int, shown: int | None):
    assert told(count) == shown


def test_no_small_count_can_be_computed_from_a_total_and_the_other_counts():
    for total in range(60):
        for small in range(min(5, total + 1)):
            seen = (told(total), told(total - small))
            if seen[1] is None:
                continue
            fits = {
                other for other in range(5) for rest in range(60) if (told(rest + other), told(rest)) == seen
            }
            assert len(fits) > 1, (total, small)


@pytest.mark.parametrize(
    ("name", "since", "until"),
    [
        ("2026", (2026, 1), (2027, 1)),
        ("2026-Q1", (2026, 1), (2026, 4)),
        ("2026-Q4", (2026, 10), (2027, 1)),
        ("2025-Q3", (2025, 7), (2025, 10)),
    ],
)
def test_a_period_is_a_year_or_a_quarter(name, since, until):
    found = period_of(name, now=NOW)
    assert (found.since, found.until) == tuple(datetime(*when, 1, tzinfo=UTC) for when in (since, until))


def test_without_a_name_it_is_all_time():
    assert period_of("") == ALL


@pytest.mark.parametrize(
    "name", ["2027", "2026-Q5", "2026-Q0", "2027-Q1", "1999", "26", "2026-q1", "2026-10", " 2026", "٢٠٢٦"]
)
def test_what_is_no_period_or_has_not_begun_is_refused_at_its_field(name):
    with pytest.raises(InvalidInput) as refusal:
        period_of(name, now=NOW)
    assert refusal.value.field == "period"


def test_a_quarter_that_has_not_begun_is_refused():
    with pytest.raises(InvalidInput):
        period_of("2026-Q2", now=datetime(2026, 3, 31, tzinfo=UTC))


def test_cases_are_counted_by_what_they_are_about_and_what_came_of_them():
    make_cases(8, cause="malware", subject_kind="blob", source="scan", outcome="quarantine", hours=2)
    make_cases(5, outcome="none", hours=1)
    make_cases(4, subject_kind="user")
    found = numbers(ALL)["cases"]
    assert found["total"] == 15
    assert found["bySubject"] == {
        "blob": 10,
        "repository": 5,
        **dict.fromkeys(("revision", "comment", "user", "organisation")),
    }
    assert (found["byCause"]["malware"], found["byCause"]["spam"], found["byCause"]["licence"]) == (
        10,
        10,
        None,
    )
    assert (found["bySource"]["scan"], found["bySource"]["report"], found["bySource"]["notice"]) == (
        10,
        10,
        None,
    )
    assert found["byOutcome"]["quarantine"] == 10
    assert found["byOutcome"]["none"] == 5
    assert found["byOutcome"]["undecided"] is None
    assert "ask" not in found["byOutcome"]


def test_only_what_was_made_in_the_period_counts():
    make_cases(5, opened=datetime(2026, 9, 30, 23, 59, tzinfo=UTC))
    make_cases(10, opened=datetime(2026, 10, 1, tzinfo=UTC))
    make_cases(20, opened=datetime(2027, 1, 1, tzinfo=UTC))
    shown = {
        name: numbers(period_of(name, now=NOW))["cases"]["total"] for name in ("2026", "2026-Q3", "2026-Q4")
    }
    assert shown == {"2026": 15, "2026-Q3": 5, "2026-Q4": 10}
    assert numbers(ALL)["cases"]["total"] == 35
    assert numbers(period_of("2025", now=NOW))["cases"]["total"] is None


def test_the_median_is_the_middle_until_a_person_decided_and_until_something_was_withheld():
    for hours in (1, 2, 3, 4, 90):
        (case,) = make_cases(1, outcome="take_down", hours=hours)
        minutes = NOW + timedelta(minutes=6 * hours)
        make_decisions([case], rule="a-rule", effect="take_down", state="undone", applied_at=minutes)
    found = numbers(ALL)["medianHours"]
    assert found == {"toFirstMeasure": 0.3, "toDecision": 3.0, "toAnswerAppeals": None}


def test_a_median_of_few_is_not_told():
    make_cases(4, outcome="take_down", hours=2)
    make_cases(9)
    assert numbers(ALL)["medianHours"]["toDecision"] is None


def test_what_is_asked_for_and_warnings_are_no_measures():
    cases = make_cases(5)
    make_decisions(cases, effect="ask", state="standing", applied_at=NOW)
    make_decisions(cases, effect="warn", state="standing", applied_at=NOW)
    found = numbers(ALL)["medianHours"]
    assert (found["toFirstMeasure"], found["toDecision"]) == (None, 0.0)


def test_a_rules_act_is_undone_when_people_decide_otherwise_and_not_when_they_confirm_it():
    undone = make_cases(5, outcome="none", hours=1)
    upheld = make_cases(10, outcome="take_down", hours=1)
    waiting = make_cases(5)
    for cases, state in ((undone, "undone"), (upheld, "undone"), (waiting, "standing")):
        make_decisions(cases, rule="a-rule", effect="take_down", state=state, applied_at=NOW)
    assert numbers(ALL)["automatic"] == {"made": 20, "undone": 5}


def test_what_a_counter_notice_gave_back_is_withheld_by_no_rule():
    make_decisions(make_cases(5), rule=WAITED, effect="none", state="standing", applied_at=NOW)
    assert numbers(ALL)["automatic"] == {"made": None, "undone": None}
    assert acts_by_rule() == {}


def test_the_services_leave_what_the_numbers_count():
    rule = AutoRule.objects.create(slug="one-report", cause="spam", reports=1)
    cases = [make_report(make_repository()).case for _ in range(5)]
    assert {case.decisions.get().rule for case in cases} == {rule.slug}
    for case in cases:
        decide_case(case, "none")
    found = numbers(ALL)
    assert found["automatic"] == {"made": 5, "undone": 5}
    assert found["flags"]["bySource"]["report"] == found["flags"]["byCause"]["spam"] == 5
    assert found["cases"]["byOutcome"]["none"] == 5


def test_appeals_are_counted_by_kind_and_by_what_came_of_them():
    for number in range(5):
        repository = make_repository()
        decision = decide_case(make_report(repository).case, "take_down")
        appeal = appealing.appeal(
            decision=decision, author=repository.namespace.user, text="This is no spam at all."
        )
        appealing.decide_appeal(
            appeal=appeal, moderator=make_moderator(), upheld=False, reason="They are right about it."
        )
        Appeal.objects.filter(pk=appeal.pk).update(
            created_at=timezone.now() - timedelta(hours=number, minutes=30)
        )
    found = numbers(ALL)
    assert found["appeals"]["appeal"] == {"undone": 5, **dict.fromkeys(("open", "upheld", "overtaken"))}
    assert set(found["appeals"]["counter_notice"].values()) == {None}
    assert found["medianHours"]["toAnswerAppeals"] == 2.5


def test_the_numbers_take_the_same_queries_however_many_cases_there_are_and_are_kept():
    taken = []
    for count in (1, 30):
        make_cases(count, outcome="none", hours=1)
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            numbers(ALL)
        taken.append(len(captured))
    assert taken[0] == taken[1]
    kept = numbers(ALL)
    make_cases(50)
    assert numbers(ALL) == kept


def test_the_periods_offered_are_those_since_the_first_case():
    year, quarter = timezone.now().year, (timezone.now().month + 2) // 3
    assert periods() == [str(year), *(f"{year}-Q{number}" for number in range(quarter, 0, -1))]
    make_cases(1, opened=datetime(year - 1, 12, 31, tzinfo=UTC))
    assert periods()[-5:] == [str(year - 1), *(f"{year - 1}-Q{number}" for number in (4, 3, 2, 1))]


def test_no_name_and_no_text_is_told():
    make_report(make_repository(name="very-private-name"))
    assert Flag.objects.exists()
    assert "very-private-name" not in str(numbers(ALL))
