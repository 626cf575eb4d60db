"""The moderators' queue: filtered, ordered and counted, in the same number of queries however long it is."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from contributions.moderation.models import Appeal, Call, Case, Flag
from contributions.moderation.subjects import at_stake
from contributions.moderation.vocabulary import AppealState, CallKind, Severity, State

ORDERS: dict[str, tuple[str, ...]] = {
    "severity": ("-severity", "-reach", "id"),
    "due": ("due_at", "id"),
    "age": ("created_at", "id"),
    "reach": ("-reach", "id"),
}
CLOSED = ("-closed_at", "-id")
# Of what is contested first what is to be answered first.
APPEALED = ("appeal_due", "id")


@dataclass(frozen=True)
class Wanted:
    """A selection: of each field with something in it the cases are shown that have it.

    `claimed` is "mine", "nobody" or a colleague's name; `second` those where my opinion is asked for.
    """

    states: frozenset[str] = frozenset()
    cause: str = ""
    source: str = ""
    kind: str = ""
    severity: int | None = None
    claimed: str = ""
    second: bool = False
    overdue: bool = False
    appealed: bool = False
    order: str = "severity"


@dataclass(frozen=True)
class Counts:
    """What is at the top: how many cases and appeals wait or are late, and since when the oldest of each."""

    open: int
    overdue: int
    confirming: int
    asked: int
    unclaimed: int
    high: int
    oldest: datetime | None
    appeals: int
    appeals_overdue: int
    oldest_appeal: datetime | None


@dataclass(frozen=True)
class Page:
    """Some of the cases, each with `flag_count`, and whether there are more after them.

    Where the appealed ones are wanted, `appeal_due` says until when the first appeal is to be answered.
    """

    cases: list[Case] = field(default_factory=list)
    more: bool = False


def queue(user: User, wanted: Wanted = Wanted(), *, limit: int = 50, offset: int = 0) -> Page:  # noqa: B008
    """A page of the cases that are wanted, as `user` asks; one query."""
    order = CLOSED if wanted.states == {State.CLOSED} else ORDERS[wanted.order]
    cases = _counted(Case.objects.filter(_conditions(user, wanted)))
    if wanted.appealed:
        order, cases = APPEALED, cases.annotate(appeal_due=Subquery(_first_due()))
    cases = cases.order_by(*order)
    found = list(cases[offset : offset + limit + 1])
    return Page(found[:limit], len(found) > limit)


def counts() -> Counts:
    """The numbers at the top; two queries."""
    now = timezone.now()
    of_cases = Case.objects.exclude(state=State.CLOSED).aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=now)),
        confirming=Count("pk", filter=Q(state=State.CONFIRMING)),
        asked=Count("pk", filter=Q(state=State.ASKED)),
        unclaimed=Count("pk", filter=Q(claimed_by=None)),
        high=Count("pk", filter=Q(severity=Severity.HIGH)),
        oldest=Min("created_at"),
    )
    of_appeals = Appeal.objects.filter(state=AppealState.OPEN).aggregate(
        appeals=Count("pk"),
        appeals_overdue=Count("pk", filter=Q(due_at__lt=now)),
        oldest_appeal=Min("created_at"),
    )
    return Counts(**of_cases, **of_appeals)


def _first_due() -> QuerySet[Appeal]:
    """Until when the first open appeal of each case is to be answered."""
    found = Appeal.objects.filter(state=AppealState.OPEN, decision__case=OuterRef("pk"))
    return found.order_by("due_at").values("due_at")[:1]


def _conditions(user: User, wanted: Wanted) -> Q:
    # An appeal is about a decided case.
    anywhere = Q() if wanted.appealed else ~Q(state=State.CLOSED)
    found = Q(state__in=wanted.states) if wanted.states else anywhere
    found &= ~at_stake(user)
    if wanted.cause:
        found &= Q(cause=wanted.cause)
    if wanted.source:
        found &= Q(source=wanted.source)
    if wanted.kind:
        found &= Q(subject_kind=wanted.kind)
    if wanted.severity:
        found &= Q(severity=wanted.severity)
    if wanted.claimed == "mine":
        found &= Q(claimed_by=user)
    elif wanted.claimed == "nobody":
        found &= Q(claimed_by=None)
    elif wanted.claimed:
        found &= Q(claimed_by__username__iexact=wanted.claimed)
    if wanted.second:
        asked = Call.objects.filter(kind=CallKind.ALL, moderator=user)
        found &= Q(second_by=user) | Q(all_asked_by__isnull=False, pk__in=asked.values("case"))
    if wanted.overdue:
        found &= Q(due_at__lt=timezone.now())
    if wanted.appealed:
        appeals = Appeal.objects.filter(state=AppealState.OPEN).values("decision__case")
        found &= Q(pk__in=appeals)
    return found


def _counted(cases: QuerySet[Case]) -> QuerySet[Case]:
    flags = Flag.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(n=Count("pk"))
    return cases.select_related("claimed_by").annotate(
        flag_count=Coalesce(Subquery(flags.values("n")), Value(0))
    )
