"""How those concerned contest a decision, and how another moderator answers."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import rules, subjects
from contributions.moderation.actions import possible
from contributions.moderation.deciding import locked_case, locked_for, stand
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Appeal, Decision
from contributions.moderation.selectors import counter_notices_due
from contributions.moderation.vocabulary import (
    RESTRICTIVE,
    AppealKind,
    AppealState,
    Cause,
    DecisionState,
    Effect,
)
from hub.errors import Forbidden
from hub.events import Event


def appeal_until(decision: Decision) -> datetime | None:
    """Until when a decision can be contested; None for one that cannot be."""
    if decision.automatic or not decision.stands or decision.effect not in RESTRICTIVE:
        return None
    return decision.applied_at + timedelta(days=decision.policy.appeal_days)


def kinds_of_appeal(decision: Decision) -> list[AppealKind]:
    """How a decision can be contested now, in which it was not yet; nothing when it cannot be."""
    until = appeal_until(decision)
    if until is None or until < timezone.now():
        return []
    kinds = [AppealKind.APPEAL]
    if decision.case.cause == Cause.LICENCE and decision.policy.waiting_days:
        kinds.append(AppealKind.COUNTER_NOTICE)
    made = {appeal.kind for appeal in decision.appeals.all()}
    return [kind for kind in kinds if kind not in made]


@transaction.atomic
def appeal(*, decision: Decision, author: User, text: str, kind: str = AppealKind.APPEAL) -> Appeal:
    """Contest a decision that stands; the subject and the case are locked, and one appeal of a kind is heard.

    InvalidInput; Forbidden for whom it does not concern; CaseChanged when it is too late, contested already,
    or no longer what was decided. A counter-notice answers a claim of copyright where the policy has one.
    """
    rules.check_text(text, "text", least=rules.REASON_MIN, most=rules.TEXT_MAX)
    case = locked_case(decision.case)
    if author not in subjects.concerned(case):
        raise Forbidden(gettext("Only those whom a decision concerns can appeal against it."))
    current = Decision.objects.select_related("policy").get(pk=decision.pk)
    until, now = appeal_until(current), timezone.now()
    if until is None:
        raise CaseChanged(gettext("There is nothing to appeal against any more."))
    if until < now:
        raise CaseChanged(gettext("It is too late to appeal against this decision."))
    waiting = current.policy.waiting_days
    if kind == AppealKind.COUNTER_NOTICE and (case.cause != Cause.LICENCE or not waiting):
        raise Forbidden(gettext("A counter-notice answers a claim of copyright only."))
    if current.appeals.filter(kind=kind).exists():
        raise CaseChanged(gettext("This decision is contested already, or was."))
    made = Appeal.objects.create(
        decision=current,
        kind=kind,
        author=author,
        text=text.strip(),
        restore_at=now + timedelta(days=waiting) if kind == AppealKind.COUNTER_NOTICE else None,
    )
    case.turn, case.updated_at = case.turn + 1, now
    case.save(update_fields=["turn", "updated_at"])
    audit.record(
        Event.APPEAL_FILED,
        actor=author,
        subject=case.subject,
        decision=current.pk,
        appeal=made.pk,
        kind=str(kind),
    )
    return made


@transaction.atomic
def decide_appeal(*, appeal: Appeal, moderator: User, upheld: bool, reason: str) -> Appeal:
    """Uphold the decision, or undo it in full; by a moderator who had no part in it.

    Undoing is a decision of its own, which takes the other's place. Forbidden, ConflictOfInterest,
    InvalidInput, CaseChanged.
    """
    rules.check_text(reason, "reason", least=rules.REASON_MIN, most=rules.REASON_MAX)
    case = locked_for(appeal.decision.case, moderator)
    current = _open(appeal)
    if moderator.pk in (current.decision.moderator_id, current.decision.confirmed_by_id):
        raise ConflictOfInterest(gettext("Another moderator than those who decided it decides an appeal."))
    current.decision.case = case
    _answer(current, upheld=upheld, by=moderator, reason=reason.strip())
    return current


def restore_due() -> int:
    """Undo what counter-notices contest whose waiting is over; returns how many were."""
    return sum(_restored(appeal_id) for appeal_id in counter_notices_due())


@transaction.atomic
def _restored(appeal_id: int) -> bool:
    found = Appeal.objects.select_related("decision__case").get(pk=appeal_id)
    case = locked_case(found.decision.case)
    try:
        current = _open(found)
    except CaseChanged:
        return False
    current.decision.case = case
    _answer(
        current, upheld=False, by=None, reason=gettext("The waiting period of the counter-notice is over.")
    )
    return True


def _open(appeal: Appeal) -> Appeal:
    current = Appeal.objects.select_related("decision__policy").get(pk=appeal.pk)
    if current.state != AppealState.OPEN or not current.decision.stands:
        raise CaseChanged(gettext("This appeal was answered while you were reading it."))
    return current


def _answer(appeal: Appeal, *, upheld: bool, by: User | None, reason: str) -> None:
    appeal.state = AppealState.UPHELD if upheld else AppealState.UNDONE
    appeal.decided_by, appeal.reason, appeal.decided_at = by, reason, timezone.now()
    appeal.save(update_fields=["state", "decided_by", "reason", "decided_at"])
    case = appeal.decision.case
    audit.record(
        Event.APPEAL_DECIDED,
        actor=by,
        subject=case.subject,
        decision=appeal.decision.pk,
        appeal=appeal.pk,
        upheld=upheld,
        reason=reason,
    )
    if upheld:
        case.turn, case.updated_at = case.turn + 1, timezone.now()
        case.save(update_fields=["turn", "updated_at"])
        return
    effects = possible(case)
    decision = Decision.objects.create(
        case=case,
        moderator=by,
        effect=Effect.OVERRIDE if Effect.OVERRIDE in effects else Effect.NONE,
        policy=appeal.decision.policy,
        reason=reason,
        state=DecisionState.PROPOSED,
    )
    stand(decision, actor_user=by)
