"""The moderators' queue with 10,000 open cases: the same queries, each read from an index."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from contributions.moderation.models import Case
from contributions.moderation.queueing import ORDERS, Wanted, queue
from contributions.moderation.vocabulary import Cause, Source, State, SubjectKind
from tests import plans
from tests.factories.accounts import make_moderator

pytestmark = pytest.mark.django_db
OPEN, CLOSED = 10_000, 5_000


@pytest.fixture
def crowded() -> None:
    now = timezone.now()
    causes = list(Cause)
    Case.objects.bulk_create(
        Case(
            subject_kind=SubjectKind.REPOSITORY,
            subject_key=f"repository:{number}",
            subject_name=f"owner/model-{number}",
            cause=causes[number % len(causes)],
            source=Source.REPORT,
            title=f"owner/model-{number}",
            severity=1 + number % 3,
            reach=number * 7 % 1000,
            due_at=now + timedelta(minutes=number),
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
