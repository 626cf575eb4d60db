"""What is told of moderation where there were many cases: a period is read from indexes, once in a while."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection

from contributions.moderation.models import Case, Decision, Flag
from contributions.moderation.selectors import policy_for
from contributions.moderation.transparency import Period, numbers, period_of
from contributions.moderation.vocabulary import Cause, Source, SubjectKind
from tests import plans

pytestmark = pytest.mark.django_db
CASES, FIRST = 10_000, datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def many() -> None:
    """Cases of three years, each flagged once and decided."""
    causes, policy = list(Cause), policy_for("spam")
    opened = [FIRST + timedelta(minutes=150 * number) for number in range(CASES)]
    cases = Case.objects.bulk_create(
        Case(
            subject_kind=SubjectKind.REPOSITORY,
            subject_key=f"repository:{number}",
            subject_name="a",
            cause=causes[number % len(causes)],
            source=Source.REPORT,
            title="a",
            severity=1,
            due_at=moment,
            created_at=moment,
            state="closed",
            closed_at=moment,
            outcome="take_down",
        )
        for number, moment in enumerate(opened)
    )
    Flag.objects.bulk_create(
        Flag(case=case, source=case.source, created_at=case.created_at) for case in cases
    )
    Decision.objects.bulk_create(
        Decision(
            case=case,
            effect="take_down",
            policy=policy,
            reason="a",
            state="standing",
            rule="a" if case.pk % 2 else "",
            created_at=case.created_at,
            applied_at=case.created_at + timedelta(hours=2),
        )
        for case in cases
    )
    with connection.cursor() as cursor:
        for table in ("case", "flag", "decision"):
            cursor.execute(f"ANALYZE contributions_{table}")


def test_a_quarter_is_counted_from_indexes_and_all_time_in_the_same_queries(many):
    cache.clear()
    with plans.recorded() as found:
        numbers(period_of("2024-Q2"))
    told = "\n".join(found)
    for name in ("case_opened", "flag_raised", "decision_made"):
        assert f"Index Scan using {name}" in told or f"Bitmap Index Scan on {name}" in told
    counted = [plan for plan in found if "COUNT" in plan and 'FROM "contributions_case"' in plan]
    assert all("Seq Scan on contributions_case" not in plan for plan in counted)
    with plans.recorded() as of_all:
        assert numbers(Period(""))["cases"]["total"] == CASES
    assert len(of_all) == len(found)
    with plans.recorded() as kept:
        numbers(Period(""))
    assert len(kept) == 1
