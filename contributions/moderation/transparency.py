"""What everybody is told about moderation: how much, why, with what outcome and how quickly; all rounded.

A count below 5 is not told, and any other is rounded to a multiple of 5, each by itself: so what is not told
cannot be computed from a sum, another table or another period. A median is told of 5 or more.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db.models import Aggregate, Count, DurationField, F, Min, Q, QuerySet, Value, When
from django.db.models import Case as Choice
from django.utils import timezone
from django.utils.translation import gettext

from contributions.moderation.models import Appeal, Case, Decision, Flag
from contributions.moderation.selectors import SERVING, UNDONE_BY_PEOPLE
from contributions.moderation.vocabulary import (
    WAITED,
    AppealKind,
    AppealState,
    Cause,
    Effect,
    Source,
    State,
    SubjectKind,
)
from hub.errors import InvalidInput

STEP = 5
KEPT_SECONDS = 600
VERSION = 1
FIRST_YEAR = 2000
# In how many years back a page offers quarters.
YEARS_OFFERED = 5
UNDECIDED = "undecided"
OUTCOMES = [UNDECIDED, *(effect.value for effect in Effect if effect != Effect.ASK)]
# What takes something from somebody or from everybody.
MEASURES = frozenset(Effect) - SERVING

Counts = dict[str, int | None]


@dataclass(frozen=True)
class Period:
    """A year as "2026", a quarter as "2026-Q4", or all time as ""; from `since` until before `until`."""

    name: str
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, field: str) -> Q:
        """The condition that a moment is in it."""
        if self.since is None:
            return Q()
        return Q(**{f"{field}__gte": self.since, f"{field}__lt": self.until})


class Median(Aggregate):
    """The middle of some durations, as PostgreSQL computes it."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def period_of(name: str, *, now: datetime | None = None) -> Period:
    """The period of a name; InvalidInput for what is none, or has not begun."""
    if not name:
        return Period("")
    now = now or timezone.now()
    known = re.fullmatch(r"([0-9]{4})(?:-Q([1-4]))?", name)
    if known and FIRST_YEAR <= int(known[1]) <= now.year:
        year, quarter = int(known[1]), int(known[2] or 0)
        since = datetime(year, 3 * quarter - 2 if quarter else 1, 1, tzinfo=UTC)
        ends = (year, 3 * quarter + 1) if quarter and quarter < 4 else (year + 1, 1)
        if since <= now:
            return Period(name, since, datetime(*ends, 1, tzinfo=UTC))
    raise InvalidInput(
        gettext("A period is a year as 2026 or a quarter as 2026-Q4, and has begun."), "period"
    )


def periods() -> list[str]:
    """The names of the years and quarters since the first case, the newest first; one query."""
    now = timezone.now()
    first = Case.objects.order_by("pk").values_list("created_at", flat=True).first() or now
    years = range(now.year, max(first.year, now.year - YEARS_OFFERED + 1) - 1, -1)
    names = []
    for year in years:
        last = (now.month + 2) // 3 if year == now.year else 4
        names += [str(year), *(f"{year}-Q{quarter}" for quarter in range(last, 0, -1))]
    return names


def numbers(period: Period) -> dict[str, Any]:
    """What is told of a period, as JSON has it; kept for ten minutes, else ten queries."""
    return cache.get_or_set(f"transparency:{VERSION}:{period.name}", lambda: _numbers(period), KEPT_SECONDS)


def told(count: int) -> int | None:
    """A count as it is told: a multiple of 5, or None for fewer than 5."""
    return None if count < STEP else (count + STEP // 2) // STEP * STEP


def _numbers(period: Period) -> dict[str, Any]:
    cases = Case.objects.filter(period.holds("created_at"))
    outcome = Choice(When(state=State.CLOSED, then=F("outcome")), default=Value(UNDECIDED))
    flags = Flag.objects.filter(period.holds("created_at"))
    total, times = _of_cases(cases)
    by_rules = Decision.objects.filter(period.holds("created_at")).exclude(rule__in=["", WAITED])
    appeals, to_answer = _of_appeals(Appeal.objects.filter(period.holds("created_at")))
    return {
        "cases": {
            "total": total,
            "bySubject": _by(cases, F("subject_kind"), SubjectKind.values),
            "bySource": _by(cases, F("source"), Source.values),
            "byCause": _by(cases, F("cause"), Cause.values),
            "byOutcome": _by(cases, outcome, OUTCOMES),
        },
        "flags": {
            "bySource": _by(flags, F("source"), Source.values),
            "byCause": _by(flags, F("case__cause"), Cause.values),
        },
        "automatic": _of_rules(by_rules),
        "appeals": appeals,
        "medianHours": times | {"toAnswerAppeals": to_answer},
    }


def _by(rows: QuerySet, what: Any, values: Iterable[str]) -> Counts:
    counted = dict(rows.order_by().annotate(what=what).values_list("what").annotate(count=Count("pk")))
    return {value: told(counted.get(value, 0)) for value in values}


def _of_cases(cases: QuerySet[Case]) -> tuple[int | None, dict[str, float | None]]:
    """How many, and how long it took to the first measure and to the first decision of a person."""
    decided = Q(decisions__rule="") & ~Q(decisions__effect=Effect.ASK)
    found = cases.annotate(
        measured_at=Min("decisions__applied_at", filter=Q(decisions__effect__in=MEASURES)),
        decided_at=Min("decisions__applied_at", filter=decided),
    ).aggregate(
        total=Count("pk"),
        measured=Count("measured_at"),
        decided=Count("decided_at"),
        to_measure=Median(F("measured_at") - F("created_at")),
        to_decision=Median(F("decided_at") - F("created_at")),
    )
    return told(found["total"]), {
        "toFirstMeasure": _hours(found["to_measure"], of=found["measured"]),
        "toDecision": _hours(found["to_decision"], of=found["decided"]),
    }


def _of_rules(decisions: QuerySet[Decision]) -> Counts:
    found = decisions.aggregate(made=Count("pk"), undone=Count("pk", filter=UNDONE_BY_PEOPLE))
    return {name: told(count) for name, count in found.items()}


def _of_appeals(appeals: QuerySet[Appeal]) -> tuple[dict[str, Counts], float | None]:
    rows = appeals.order_by().values_list("kind", "state").annotate(count=Count("pk"))
    counted = {(kind, state): count for kind, state, count in rows}
    answered = appeals.filter(state__in=[AppealState.UPHELD, AppealState.UNDONE]).aggregate(
        count=Count("pk"), median=Median(F("decided_at") - F("created_at"))
    )
    outcomes = {
        kind: {state: told(counted.get((kind, state), 0)) for state in AppealState.values}
        for kind in AppealKind.values
    }
    return outcomes, _hours(answered["median"], of=answered["count"])


def _hours(median: timedelta | None, *, of: int) -> float | None:
    """Hours with one decimal; None of fewer than 5."""
    return None if median is None or of < STEP else round(median / timedelta(hours=1), 1)
