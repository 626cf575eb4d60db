"""What moderators and those concerned ask, and what the sweep looks for."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Case as Choice
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.utils import timezone

from accounts.models import AuditEvent, User
from contributions.moderation import rules
from contributions.moderation.models import Appeal, Call, Case, Decision, Flag, Message, Policy
from contributions.moderation.parts import Numbers, Part, part_beside, part_of
from contributions.moderation.sides import same_side
from contributions.moderation.subjects import OID_SHOWN, present
from contributions.moderation.vocabulary import (
    RESTRICTIVE,
    SERVING,
    TOLD,
    AppealKind,
    AppealState,
    Cause,
    DecisionState,
    Effect,
    Source,
    State,
    SubjectKind,
)
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Blob

# That people decided otherwise than a rule did: of decisions.
UNDONE_BY_PEOPLE = Q(state=DecisionState.UNDONE, case__state=State.CLOSED, case__outcome__in=SERVING)
APPEALS_SHOWN = 50
EARLIER_SHOWN = 20
NOTICES_SHOWN = 100
SWEEP_BATCH = 100


@dataclass(frozen=True)
class CaseDetail:
    """A case with what was found, said, written and decided, in parts; `evidence` has the rest.

    `proposal` is what waits for a second moderator.
    """

    case: Case
    findings: list[str]
    flags: Part[Flag]
    decisions: Part[Decision]
    proposal: Decision | None
    messages: Part[Message]
    earlier: list[Case]

    @property
    def decided_before(self) -> Case | None:
        """The case in which other findings in the same file were decided about last, if it is among them."""
        found = (one for one in self.earlier if one.pk < self.case.pk and one.findings and not one.is_open)
        same = (one for one in found if one.subject_key == self.case.subject_key)
        return next((one for one in same if one.cause == self.case.cause), None)


@dataclass(frozen=True)
class Statement:
    """What those concerned are told of a case: all but who reported it, and what the desk keeps to itself.

    `current` is the decision that counts now, if one does.
    """

    findings: list[str]
    decisions: Part[Decision]
    current: Decision | None
    messages: Part[Message]

    @property
    def told(self) -> bool:
        """Whether there is something to tell: before, that somebody reported it stays with the moderators."""
        return bool(self.decisions or self.messages)


@dataclass(frozen=True)
class Notice:
    """What a repository's publishers are told on its page; `path` is "" when it is about the whole.

    `oid` is the commit that it is about, "" for none; `of_owner` says that it is about all of the owner's,
    `former` that it is about files of a deleted repository, in whose place this one was made.
    `effect` is that of the decision that counts most, "" while there is none; a rule's has no `reason`.
    """

    case_id: int | None
    path: str
    withheld: bool
    findings: list[str]
    effect: str
    reason: str
    decided_at: datetime | None
    oid: str = ""
    of_owner: bool = False
    former: bool = False

    @property
    def about(self) -> str:
        """The file or the commit by name; "" for the whole."""
        return self.path or self.oid[:OID_SHOWN]


def policy_for(cause: str) -> Policy:
    """The policy by which cases of a cause are handled until a moderator cites another."""
    return Policy.objects.filter(cause=cause).order_by("slug")[0]


def policies() -> list[Policy]:
    """All policies, by cause and name."""
    return list(Policy.objects.order_by("cause", "slug"))


def policy_named(slug: str) -> Policy | None:
    """The policy of a short name, or None."""
    return Policy.objects.filter(slug=slug).first()


def citations() -> dict[int, int]:
    """How many decisions cite each policy that is cited, by its id."""
    return dict(Decision.objects.order_by().values_list("policy").annotate(count=Count("pk")))


def case_by_id(case_id: int) -> Case | None:
    """The case with what it is about, or None."""
    related = ("repository__namespace", "comment__discussion__repository__namespace", "namespace__user")
    people = ("comment__author", "claimed_by", "second_by", "all_asked_by")
    return Case.objects.select_related(*related, *people).filter(pk=case_id).first()


def case_detail(case: Case, numbers: Numbers = Numbers()) -> CaseDetail:  # noqa: B008
    """What was found, said, written and decided, and what came before; six queries."""
    made = case.decisions.select_related("moderator", "confirmed_by", "policy").order_by("-id")
    waiting = Q(state=DecisionState.PROPOSED)
    decisions, found = part_beside(made.prefetch_related(_appeals(Q())), numbers.decisions, waiting)
    return CaseDetail(
        case=case,
        findings=rules.in_words(case.findings),
        flags=part_of(case.flags.select_related("reporter").order_by("-created_at", "-id"), numbers.flags),
        decisions=decisions,
        proposal=next((one for one in found if one.state == DecisionState.PROPOSED), None),
        messages=part_of(
            case.messages.select_related("author").order_by("-id"), numbers.messages, oldest_first=True
        ),
        earlier=earlier_cases(case),
    )


def statement_of(case: Case, reader: User, numbers: Numbers = Numbers()) -> Statement:  # noqa: B008
    """What those concerned read about a case; five queries."""
    own = same_side(case, reader)
    made = case.decisions.select_related("policy").exclude(applied_at=None).order_by("-id")
    stands = Q(state=DecisionState.STANDING)
    decisions, found = part_beside(made.prefetch_related(_appeals(own)), numbers.decisions, stands)
    standing = [decision for decision in found if decision.stands]
    contested = [decision for decision in standing if decision.effect in RESTRICTIVE]
    messages = case.messages.filter(Q(from_desk=True) | own, internal=False)
    return Statement(
        findings=rules.in_words(case.findings),
        decisions=decisions,
        current=(contested or standing or [None])[-1],
        messages=part_of(
            messages.select_related("author").order_by("-id"), numbers.messages, oldest_first=True
        ),
    )


def _appeals(shown: Q) -> Prefetch:
    """Of each decision the appeals that are shown, those first that wait; two queries."""
    waiting = Choice(When(state=AppealState.OPEN, then=0), default=1)
    found = Appeal.objects.filter(shown).select_related("author", "decided_by").prefetch_related("files")
    first = found.order_by(waiting, "id")[:APPEALS_SHOWN]
    return Prefetch("appeals", first, to_attr="shown_appeals")


def decision_of(case: Case, decision_id: int) -> Decision | None:
    """One decision of a case, or None."""
    return case.decisions.select_related("policy", "case").filter(pk=decision_id).first()


def appeal_of(case: Case, appeal_id: int) -> Appeal | None:
    """One appeal in a case, or None."""
    appeals = Appeal.objects.select_related("decision__case", "decision__policy")
    return appeals.filter(decision__case=case, pk=appeal_id).first()


def earlier_cases(case: Case) -> list[Case]:
    """Other cases about the same subject, or about something of the same owner; the newest first.

    A file's owners are those who have it where others see it, and a case about a file that its owner keeps
    private is not among theirs: moderators do not learn who has it.
    """
    same = Q(subject_key=case.subject_key)
    public = Repository.objects.filter(visibility=Repository.Visibility.PUBLIC)
    holders = present(case.sha256).filter(repository__in=public).order_by().values("repository__namespace")
    owners = Q(namespace__in=holders) if case.sha256 else Q(namespace=case.namespace_id)
    if case.sha256 or case.namespace_id:
        same |= owners & ~Q(sha256=F("subject_name"))
    return list(Case.objects.filter(same).exclude(pk=case.pk).order_by("-id")[:EARLIER_SHOWN])


def release_of(sha256: str) -> Decision | None:
    """The decision by which a blob that a scanner found dangerous is served, with its moderator; or None.

    Its reason is for everybody; other decisions about the file say theirs to its people alone.
    """
    decisions = Decision.objects.filter(case__subject_key=f"blob:{sha256}", state=DecisionState.STANDING)
    overruled = Q(effect=Effect.OVERRIDE) | Q(effect=Effect.NONE, case__cause=Cause.MALWARE)
    return decisions.filter(overruled).select_related("moderator").order_by("-id").first()


def standing_notices(repository: Repository) -> list[Notice]:
    """What stands about a repository and its files, by path, for those who may write to it; four queries."""
    held = _blobs_in_question(repository)
    owner = repository.namespace.subject
    keys = [repository.subject, owner, *(f"blob:{row.sha256}" for row in held)]
    cases = _latest_cases(keys)
    decided = _standing_decisions(Q(case__subject_key__in=keys) | _of_files(repository))
    # A whole organisation's or user's being withheld is told with each of the repositories.
    with_owner = repository.subject not in decided and repository.taken_down_at is not None
    key = owner if with_owner and owner in decided else repository.subject
    whole = _notice(key, "", repository.taken_down_at is not None, cases, decided)
    whole = replace(whole, of_owner=key == owner)
    notices = [whole] if whole.withheld or whole.decided_at else []
    for decision in decided.values():
        case = decision.case
        if case.oid or case.anew:
            notice = _notice(case.subject_key, "", decision.effect not in SERVING, {}, decided)
            notices.append(replace(notice, oid=case.oid, former=case.anew))
    for row in held:
        notice = _notice(
            f"blob:{row.sha256}", row.path, row.blob_state == Blob.State.QUARANTINED, cases, decided
        )
        if notice.withheld or notice.decided_at:
            notices.append(notice)
    return notices


def decisions_to_tell(older_than: timedelta) -> list[int]:
    """Ids of decisions whose people were not told although the task should have run by now."""
    untold = Decision.objects.filter(notified_at=None, applied_at__lt=timezone.now() - older_than)
    return list(untold.order_by("created_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def answers_to_tell(older_than: timedelta) -> list[int]:
    """The same of appeals that were answered by upholding."""
    upheld = Appeal.objects.filter(notified_at=None, state=AppealState.UPHELD)
    untold = upheld.filter(decided_at__lt=timezone.now() - older_than)
    return list(untold.order_by("decided_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def messages_to_tell(older_than: timedelta) -> list[int]:
    """The same of what the desk wrote to those concerned."""
    written = Message.objects.filter(notified_at=None, from_desk=True, internal=False)
    untold = written.filter(created_at__lt=timezone.now() - older_than)
    return list(untold.order_by("created_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def untold_flags() -> QuerySet[Flag]:
    """What people reported in cases that are closed since, and were not told of; moderators read the desk."""
    return Flag.objects.filter(notified_at=None, source__in=TOLD, case__state=State.CLOSED)


def reporters_to_tell(older_than: timedelta) -> list[int]:
    """Ids of cases whose reporters were not told although the task should have run by now."""
    flags = untold_flags().filter(case__closed_at__lt=timezone.now() - older_than)
    return list(flags.order_by("case").values_list("case", flat=True).distinct()[:SWEEP_BATCH])


def claims_untold() -> QuerySet[Appeal]:
    """Counter-notices that came, or ended, of which those who claimed the right were not told."""
    return Appeal.objects.filter(kind=AppealKind.COUNTER_NOTICE).exclude(claimants_told=F("state"))


def claims_to_tell(older_than: timedelta) -> list[int]:
    """The same although the task should have run by now."""
    late = timezone.now() - older_than
    changed = Q(decided_at=None, created_at__lt=late) | Q(decided_at__lt=late)
    return list(
        claims_untold().filter(changed).order_by("created_at").values_list("pk", flat=True)[:SWEEP_BATCH]
    )


def claims_told(appeal: Appeal) -> set[int]:
    """Ids of the flags whose reporters were told of a counter-notice as it stands now."""
    mails = AuditEvent.objects.filter(event=Event.REPORTER_TOLD, subject=appeal.decision.case.subject)
    about = mails.filter(data__appeal=appeal.pk, data__state=str(appeal.state))
    return set(about.values_list("data__flag", flat=True))


def told_of(case: Case, kind: str, row_id: int, people: Iterable[User]) -> set[int]:
    """Ids of those of some people to whom a decision, an appeal or a message in a case was mailed."""
    ids = [user.pk for user in people]
    mails = AuditEvent.objects.filter(event=Event.PUBLISHER_TOLD, subject=case.subject, data__user__in=ids)
    return set(mails.filter(**{f"data__{kind}": row_id}).values_list("data__user", flat=True))


def served_against_decisions() -> list[int]:
    """Ids of cases whose decision withholds a blob that is served: it came again after it was gone."""
    kept = Case.objects.filter(
        decisions__state=DecisionState.STANDING, decisions__effect=Effect.QUARANTINE
    ).exclude(sha256="")
    served = Blob.objects.filter(pk=OuterRef("sha256"), state=Blob.State.VERIFIED)
    return list(kept.filter(Exists(served)).order_by("pk").values_list("pk", flat=True)[:SWEEP_BATCH])


def withheld_without_case() -> list[str]:
    """The sha256 of quarantined blobs that no decision withholds and no scanner's flag is about."""
    about = Case.objects.filter(subject_kind=SubjectKind.BLOB, sha256=OuterRef("pk"))
    asked = about.exclude(state=State.CLOSED).filter(flags__source=Source.SCAN)
    withheld = about.filter(decisions__state=DecisionState.STANDING, decisions__effect=Effect.QUARANTINE)
    blobs = Blob.objects.filter(~Exists(asked), ~Exists(withheld), state=Blob.State.QUARANTINED)
    return list(blobs.order_by("pk").values_list("pk", flat=True)[:SWEEP_BATCH])


def unreminded() -> QuerySet[Decision]:
    """What asks for changes until a date that is near, and was not from the start; nobody was reminded."""
    now = timezone.now()
    asked = Decision.objects.filter(effect=Effect.ASK, state=DecisionState.STANDING, reminded_at=None)
    near = asked.filter(case__state=State.ASKED, due_at__gt=now, due_at__lte=now + rules.REMINDED_BEFORE)
    return near.filter(due_at__gt=F("applied_at") + rules.REMINDED_BEFORE)


def reminders_due() -> list[int]:
    """Ids of decisions whose people are to be reminded of the date for changes."""
    return list(unreminded().order_by("due_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def calls_to_tell(older_than: timedelta) -> list[int]:
    """Ids of cases to which moderators are called whose mails should have gone by now."""
    calls = Call.objects.filter(notified_at=None, created_at__lt=timezone.now() - older_than)
    return list(calls.order_by("case").values_list("case", flat=True).distinct()[:SWEEP_BATCH])


def changes_overdue() -> list[int]:
    """Ids of cases whose date for changes is over."""
    due = Case.objects.filter(state=State.ASKED, due_at__lte=timezone.now())
    return list(due.order_by("due_at", "id").values_list("pk", flat=True)[:SWEEP_BATCH])


def counter_notices_due() -> list[int]:
    """Ids of appeals whose waiting period is over."""
    due = Appeal.objects.filter(state=AppealState.OPEN, restore_at__lte=timezone.now())
    return list(due.order_by("restore_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def _blobs_in_question(repository: Repository) -> list[RepositoryBlob]:
    """The repository's blobs that are quarantined or were the subject of a case, with `blob_state`.

    Those that are quarantined come first, and NOTICES_SHOWN of both; two queries, since one of both kinds
    would look at every blob of the repository twice.
    """
    blobs = Blob.objects.filter(pk=OuterRef("sha256"))
    rows = RepositoryBlob.objects.filter(repository=repository, state=RepositoryBlob.State.PRESENT)
    rows = rows.annotate(blob_state=Subquery(blobs.values("state"))).order_by("path")
    asked = Case.objects.filter(subject_kind=SubjectKind.BLOB, sha256=OuterRef("sha256")).exclude(sha256="")
    withheld = list(rows.filter(Exists(blobs.filter(state=Blob.State.QUARANTINED)))[:NOTICES_SHOWN])
    others = rows.filter(Exists(asked)).exclude(pk__in=[row.pk for row in withheld])
    return [*withheld, *others[: NOTICES_SHOWN - len(withheld)]]


def _latest_cases(keys: Iterable[str]) -> dict[str, Case]:
    cases = Case.objects.filter(subject_key__in=keys)
    return {case.subject_key: case for case in cases.order_by("subject_key", "-id").distinct("subject_key")}


def _of_files(repository: Repository) -> Q:
    """Of decisions: about a commit of the repository, or about one in whose place it was made."""
    former = Q(case__subject_kind=SubjectKind.REPOSITORY) & ~Q(case__subject_key=repository.subject)
    return Q(case__repository=repository) & (Q(case__subject_kind=SubjectKind.REVISION) | former)


def _standing_decisions(about: Q) -> dict[str, Decision]:
    """By subject the decision that counts most: what withholds before what is mild, then the newest."""
    found = Decision.objects.filter(about, state=DecisionState.STANDING)
    decisions = sorted(found.select_related("case"), key=lambda one: (one.effect not in SERVING, one.pk))
    return {decision.case.subject_key: decision for decision in decisions}


def _notice(
    key: str, path: str, withheld: bool, cases: dict[str, Case], decided: dict[str, Decision]
) -> Notice:
    decision = decided.get(key)
    case = decision.case if decision else cases.get(key)
    return Notice(
        case_id=case.pk if case else None,
        path=path,
        withheld=withheld,
        findings=rules.in_words(case.findings) if case else [],
        effect=decision.effect if decision else "",
        reason=decision.shown_reason if decision else "",
        decided_at=decision.applied_at if decision else None,
    )
