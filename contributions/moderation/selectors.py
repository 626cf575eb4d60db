"""What moderators and publishers ask, and what the sweep looks for."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce
from django.utils import timezone

from accounts.models import AuditEvent, Namespace, User
from accounts.roles import Role
from accounts.selectors import people_with_role
from contributions.moderation import rules
from contributions.moderation.models import Case, Decision, Report
from contributions.moderation.vocabulary import Action
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Blob

REPORTS_SHOWN = 100
SWEEP_BATCH = 100


@dataclass(frozen=True)
class Holding:
    """A repository that a case is about, and the path of the file in it ("" when it is about the whole)."""

    repository: Repository
    path: str


@dataclass(frozen=True)
class CaseDetail:
    """A case with what was found, said and decided; `evidence` has the rest."""

    case: Case
    findings: list[str]
    reports: list[Report]
    decisions: list[Decision]


@dataclass(frozen=True)
class Notice:
    """What a repository's publishers are told on its page; `path` is "" when it is about the whole.

    While no moderator has decided, `reason` is "" and `decided_at` None.
    """

    case_id: int | None
    path: str
    withheld: bool
    findings: list[str]
    reason: str
    decided_at: datetime | None


def queue(limit: int = 50, offset: int = 0) -> list[Case]:
    """Open cases, the severest and then the newest first, each with report_count and repository_count."""
    cases = _counted(Case.objects.filter(state=Case.State.OPEN))
    return list(cases.order_by("-severity", "-created_at", "-id")[offset : offset + limit])


def decided(limit: int = 50, offset: int = 0) -> list[Case]:
    """Closed cases, the last decided first, counted as in the queue."""
    cases = _counted(Case.objects.filter(state=Case.State.CLOSED))
    return list(cases.order_by("-updated_at", "-id")[offset : offset + limit])


def open_count() -> int:
    """How many cases wait for a moderator."""
    return Case.objects.filter(state=Case.State.OPEN).count()


def case_by_id(case_id: int) -> Case | None:
    """The case with its repository, or None."""
    return Case.objects.select_related("repository__namespace").filter(pk=case_id).first()


def case_detail(case: Case) -> CaseDetail:
    """What was found, what was said and what was decided; two queries."""
    return CaseDetail(
        case=case,
        findings=rules.in_words(case.findings),
        reports=list(case.reports.select_related("reporter").order_by("-created_at", "-id")[:REPORTS_SHOWN]),
        decisions=list(case.decisions.select_related("moderator").order_by("id")),
    )


def holdings_of(case: Case) -> QuerySet[RepositoryBlob]:
    """Every repository that holds a blob case's blob; none for a repository's case."""
    return (
        RepositoryBlob.objects.filter(sha256=case.sha256, state=RepositoryBlob.State.PRESENT)
        .select_related("repository__namespace")
        .order_by("created_at", "id")
    )


def has_stake(case: Case, user: User) -> bool:
    """True when the case is about a repository of the user's, or of an organisation they are a member of."""
    holders = RepositoryBlob.objects.filter(sha256=case.sha256, state=RepositoryBlob.State.PRESENT)
    subjects = Repository.objects.filter(Q(pk=case.repository_id) | Q(pk__in=holders.values("repository")))
    return Namespace.objects.filter(
        Q(user=user) | Q(memberships__user=user), pk__in=subjects.values("namespace")
    ).exists()


def publishers_of(case: Case) -> dict[User, list[Holding]]:
    """Who may write to what the case is about, and to what of it; at most three queries."""
    if case.repository:
        held = [Holding(case.repository, "")]
    else:
        held = [Holding(row.repository, row.path) for row in holdings_of(case)]
    people = people_with_role({holding.repository.namespace_id for holding in held}, Role.WRITE)
    publishers: dict[User, list[Holding]] = defaultdict(list)
    for holding in held:
        for user in people[holding.repository.namespace_id]:
            publishers[user].append(holding)
    return dict(publishers)


def latest_case_of_blob(sha256: str) -> Case | None:
    """The newest case about a blob, open or closed."""
    return Case.objects.filter(subject_kind=Case.SubjectKind.BLOB, sha256=sha256).order_by("-id").first()


def release_of(sha256: str) -> Decision | None:
    """The decision by which a blob is served, with its moderator; None when there is none, or a later one."""
    decisions = Decision.objects.filter(case__subject_kind=Case.SubjectKind.BLOB, case__sha256=sha256)
    last = decisions.select_related("moderator", "case").order_by("-id").first()
    return last if last and last.action == Action.RELEASE else None


def standing_notices(repository: Repository) -> list[Notice]:
    """What stands about a repository and its files, by path, for those who may write to it; four queries."""
    held = _blobs_in_question(repository)
    cases = _latest_cases([row.sha256 for row in held])
    whole = list(repository.cases.filter(state=Case.State.CLOSED).order_by("-id")[:1])
    decisions = _latest_decisions([*whole, *cases.values()])
    notices = [_notice(case, "", case.outcome == Action.KEEP, decisions) for case in whole]
    notices += [_blob_notice(row, cases.get(row.sha256), decisions) for row in held]
    return [notice for notice in notices if notice.withheld or notice.decided_at]


def decisions_to_tell(older_than: timedelta) -> list[int]:
    """Ids of decisions whose publishers were not told although the task should have run by now."""
    untold = Decision.objects.filter(notified_at=None, created_at__lt=timezone.now() - older_than)
    return list(untold.order_by("created_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def told_of(decision: Decision) -> set[int]:
    """Ids of the users to whom this decision was mailed."""
    mails = AuditEvent.objects.filter(
        event=Event.PUBLISHER_TOLD, subject=decision.case.subject, data__decision=decision.pk
    )
    return set(mails.values_list("data__user", flat=True))


def withheld_without_case() -> list[str]:
    """The sha256 of quarantined blobs that no moderator has been or will be asked about."""
    latest = Case.objects.filter(subject_kind=Case.SubjectKind.BLOB, sha256=OuterRef("pk")).order_by("-id")
    blobs = Blob.objects.filter(state=Blob.State.QUARANTINED).annotate(
        outcome=Subquery(latest.values("outcome")[:1])
    )
    unasked = blobs.filter(Q(outcome=None) | Q(outcome=Action.RELEASE))
    return list(unasked.order_by("pk").values_list("pk", flat=True)[:SWEEP_BATCH])


def _counted(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Cases with how many reports they have and how many repositories they are about, in the same query."""
    reports = Report.objects.filter(case=OuterRef("pk")).order_by().values("case").annotate(n=Count("pk"))
    holders = (
        RepositoryBlob.objects.filter(sha256=OuterRef("sha256"), state=RepositoryBlob.State.PRESENT)
        .order_by()
        .values("sha256")
        .annotate(n=Count("pk"))
    )
    return cases.select_related("repository__namespace").annotate(
        report_count=Coalesce(Subquery(reports.values("n")), Value(0)),
        repository_count=Coalesce(
            Subquery(holders.values("n")), Cast(Q(repository__isnull=False), IntegerField())
        ),
    )


def _blobs_in_question(repository: Repository) -> list[RepositoryBlob]:
    """The repository's blobs that are quarantined or were the subject of a case, with `blob_state`."""
    state = Blob.objects.filter(pk=OuterRef("sha256")).values("state")
    asked = Case.objects.filter(subject_kind=Case.SubjectKind.BLOB).values("sha256")
    rows = RepositoryBlob.objects.filter(repository=repository, state=RepositoryBlob.State.PRESENT)
    rows = rows.annotate(blob_state=Subquery(state))
    return list(rows.filter(Q(blob_state=Blob.State.QUARANTINED) | Q(sha256__in=asked)).order_by("path"))


def _latest_cases(sha256s: Iterable[str]) -> dict[str, Case]:
    cases = Case.objects.filter(subject_kind=Case.SubjectKind.BLOB, sha256__in=sha256s)
    return {case.sha256: case for case in cases.order_by("sha256", "-id").distinct("sha256")}


def _latest_decisions(cases: Iterable[Case]) -> dict[int, Decision]:
    decisions = Decision.objects.filter(case__in=list(cases))
    return {row.case_id: row for row in decisions.order_by("case", "-id").distinct("case")}


def _blob_notice(row: RepositoryBlob, case: Case | None, decisions: dict[int, Decision]) -> Notice:
    withheld = row.blob_state == Blob.State.QUARANTINED
    if case is None:
        return Notice(None, row.path, withheld, [], "", None)
    return _notice(case, row.path, withheld, decisions)


def _notice(case: Case, path: str, withheld: bool, decisions: dict[int, Decision]) -> Notice:
    decision = decisions.get(case.pk)
    return Notice(
        case_id=case.pk,
        path=path,
        withheld=withheld,
        findings=rules.in_words(case.findings),
        reason=decision.reason if decision else "",
        decided_at=decision.created_at if decision else None,
    )
