"""The moderators' queue with 10,000 open cases: the same queries, each read from an index."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from contributions.moderation.models import Appeal, Case, Decision, Policy
from contributions.moderation.queueing import ORDERS, Wanted, counts, queue
from contributions.moderation.vocabulary import Cause, Effect, Source, State, SubjectKind
from tests import plans
from tests.browsing import RawPathClient
from tests.factories.accounts import make_moderator
from tests.factories.moderation import make_report
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
OPEN, CLOSED, LATE = 10_000, 5_000, 200
# No repository of a test has such a number.
FAR = 10**9


@pytest.fixture
def crowded() -> None:
    crowd()


def crowd() -> None:
    """OPEN cases, some of them late, and CLOSED ones."""
    now = timezone.now()
    causes = list(Cause)
    Case.objects.bulk_create(
        Case(
            subject_kind=SubjectKind.REPOSITORY,
            subject_key=f"repository:{FAR + number}",
            subject_name=f"owner/model-{number}",
            cause=causes[number % len(causes)],
            source=Source.REPORT,
            title=f"owner/model-{number}",
            severity=1 + number % 3,
            reach=number * 7 % 1000,
            due_at=now + timedelta(minutes=number - LATE + 1),
            created_at=now - timedelta(minutes=number),
            state=State.OPEN if number < OPEN else State.CLOSED,
            closed_at=None if number < OPEN else now,
            outcome="" if number < OPEN else "none",
        )
        for number in range(OPEN + CLOSED)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contributions_case")


@pytest.mark.parametrize("order", ORDERS)
def test_every_order_of_the_queue_is_read_from_an_index_in_one_query(crowded, order: str):
    """By age also from the index of all cases, while most of them are open."""
    user = make_moderator()
    for wanted in (
        Wanted(order=order),
        Wanted(order=order, cause="spam"),
        Wanted(order=order, claimed="nobody"),
    ):
        with plans.recorded() as found:
            page = queue(user, wanted)
        assert len(page.cases) == 50
        assert page.more
        (plan,) = found
        assert f"case_by_{order}" in plan or (order == "age" and "case_opened" in plan)
        assert "Seq Scan on contributions_case" not in plan
        # Those that came at the same moment are put in order by their ids.
        assert "Sort  (" not in plan.replace("Incremental Sort  (", "")


def test_what_was_decided_last_is_read_from_an_index(crowded):
    user = make_moderator()
    with plans.recorded() as found:
        assert len(queue(user, Wanted(states=frozenset({"closed"}))).cases) == 50
    assert "case_closed" in found[0]
    assert "Seq Scan on contributions_case" not in found[0]


# Each filter, with how many of the cases it shows.
FILTERS = [
    ({"source": "report"}, 50),
    ({"kind": "repository"}, 50),
    ({"severity": 3}, 50),
    ({"states": frozenset({"open"})}, 50),
    ({"overdue": True}, 50),
    ({"overdue": True, "order": "due"}, 50),
    ({"claimed": "mine"}, 30),
    ({"second": True}, 20),
    ({"appealed": True}, 10),
    ({"cause": "spam", "source": "report", "severity": 1, "order": "age"}, 50),
]


def test_no_filter_of_the_queue_reads_all_cases(crowded):
    user = make_moderator()
    concern(user)
    for wanted, shown in FILTERS:
        with plans.recorded() as found:
            page = queue(user, Wanted(**wanted))
        assert len(page.cases) == shown, wanted
        (plan,) = found
        assert "Seq Scan on contributions_case" not in plan, plan


def test_the_page_of_a_long_queue_takes_as_many_queries_as_that_of_a_short_one():
    make_report(make_repository())
    user = make_moderator()
    few = queries(user)
    crowd()
    concern(user)
    assert queries(user) == few <= 20
    found = counts()
    assert (found.open, found.overdue, found.appeals) == (OPEN + 1, LATE, 10)


def queries(user: User) -> int:
    """How many the desk's page takes, past what a first request does once."""
    browser = RawPathClient()
    browser.force_login(user)
    browser.get("/moderation")
    with CaptureQueriesContext(connection) as captured:
        assert browser.get("/moderation").status_code == 200
    return len(captured)


def concern(user: User) -> None:
    """Have 30 open cases claimed by somebody, 20 about which they are asked, and 10 contested decisions."""
    open_ones = Case.objects.filter(state=State.OPEN).order_by("pk").values_list("pk", flat=True)
    Case.objects.filter(pk__in=list(open_ones[100:130])).update(claimed_by=user)
    Case.objects.filter(pk__in=list(open_ones[200:220])).update(second_by=user)
    now = timezone.now()
    decisions = Decision.objects.bulk_create(
        Decision(
            case=case,
            moderator=user,
            effect=Effect.TAKE_DOWN,
            policy=Policy.objects.get(slug="spam"),
            reason="It is spam, look at it.",
            state="standing",
            applied_at=now,
        )
        for case in Case.objects.filter(state=State.CLOSED)[:10]
    )
    Appeal.objects.bulk_create(
        Appeal(decision=decision, kind="appeal", text="It is none.", due_at=now) for decision in decisions
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contributions_case, contributions_appeal, contributions_decision")
