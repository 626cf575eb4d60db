"""How those concerned contest a decision, and how another moderator answers."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from accounts import audit
from accounts.models import User
from contributions.moderation import calling, rules, sides
from contributions.moderation.actions import possible
from contributions.moderation.answering import answer
from contributions.moderation.circles import in_one_piece
from contributions.moderation.deciding import (
    check_turn,
    locked_case,
    locked_to_decide,
    put,
    stand,
)
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Appeal, Case, Decision
from contributions.moderation.vocabulary import (
    REPORTING,
    RESTORED,
    RESTRICTIVE,
    WAITED,
    AppealKind,
    AppealState,
    CallKind,
    Cause,
    DecisionState,
    Effect,
    State,
)
from hub.errors import Forbidden
from hub.events import Event

# Kept in English, and told in the reader's language.
WAITING_OVER = gettext_noop("The waiting period of the counter-notice is over.")


def appeal_until(decision: Decision) -> datetime | None:
    """Until when a decision can be contested; None for one that cannot be."""
    if not decision.stands or decision.effect not in RESTRICTIVE:
        return None
    since = decision.again_at or decision.applied_at
    return since + timedelta(days=decision.policy.appeal_days)


def kinds_of_appeal(decision: Decision, author: User) -> list[AppealKind]:
    """How somebody can contest a decision now, as they did not yet; nothing when they cannot. Two queries."""
    until = appeal_until(decision)
    if until is None or until < timezone.now():
        return []
    kinds = [AppealKind.APPEAL]
    if can_be_countered(decision):
        kinds.append(AppealKind.COUNTER_NOTICE)
    made = set(decision.appeals.filter(author=author).values_list("kind", flat=True))
    return [kind for kind in kinds if kind not in made]


def can_be_countered(decision: Decision) -> bool:
    """Whether a counter-notice answers a decision: one that withholds something over a claim of copyright.

    Where people only asked about a finding of the hub's own, nobody claims anything. One query.
    """
    about_rights = decision.case.cause == Cause.LICENCE and decision.policy.waiting_days > 0
    if not about_rights or decision.effect not in RESTORED:
        return False
    return decision.case.flags.filter(source__in=REPORTING).exists()


@in_one_piece
def appeal(*, decision: Decision, author: User, text: str, kind: str = AppealKind.APPEAL) -> Appeal:
    """Contest a decision that stands; the subject and the case are locked, and one appeal of a kind is heard.

    InvalidInput; Forbidden for whom it does not concern; CaseChanged when it is too late, contested already,
    or no longer what was decided. A counter-notice answers a claim of copyright where the policy has one.
    """
    rules.check_text(text, "text", least=rules.REASON_MIN, most=rules.TEXT_MAX)
    case = locked_case(decision.case)
    current = Decision.objects.select_related("policy", "case").get(pk=decision.pk)
    # Who brought the same file afterwards knew what was decided about it.
    if not sides.concerns(case, author, by=current.applied_at):
        raise Forbidden(gettext("Only those whom a decision concerns can appeal against it."))
    until, now = appeal_until(current), timezone.now()
    if until is None:
        raise CaseChanged(gettext("There is nothing to appeal against any more."))
    if until < now:
        raise CaseChanged(gettext("It is too late to appeal against this decision."))
    waiting = current.policy.waiting_days
    if kind == AppealKind.COUNTER_NOTICE and not can_be_countered(current):
        raise Forbidden(gettext("A counter-notice answers a claim of copyright only."))
    if current.appeals.filter(kind=kind, author=author).exists():
        raise CaseChanged(gettext("This decision is contested already, or was."))
    made = Appeal.objects.create(
        decision=current,
        kind=kind,
        author=author,
        text=text.strip(),
        due_at=now + timedelta(hours=current.policy.due_hours),
        restore_at=now + timedelta(days=waiting) if kind == AppealKind.COUNTER_NOTICE else None,
    )
    case.turn, case.updated_at = case.turn + 1, now
    case.save(update_fields=["turn", "updated_at"])
    calling.call(case, calling.to_answer(case, current, author=author), CallKind.APPEAL, decision=current)
    audit.record(
        Event.APPEAL_FILED,
        actor=author,
        subject=case.subject,
        decision=current.pk,
        appeal=made.pk,
        kind=str(kind),
    )
    return made


@in_one_piece
def decide_appeal(
    *, appeal: Appeal, moderator: User, upheld: bool, reason: str, seen: int | None = None
) -> Appeal:
    """Uphold the decision, or undo it in full; by a moderator who had no part in it.

    Undoing is a decision of its own, which takes the other's place; where so many are reached that two
    decide, it is proposed, and the appeal waits for a second moderator. What a rule did is upheld until
    somebody decides the case. `seen` is the case's turn that was on the moderator's page, if they had one.
    Forbidden, ConflictOfInterest, InvalidInput, CaseChanged.
    """
    rules.check_text(reason, "reason", least=rules.REASON_MIN, most=rules.REASON_MAX)
    case = locked_to_decide(appeal.decision.case, moderator)
    current = _open(appeal)
    if seen is not None:
        check_turn(case, seen)
    part = (current.decision.moderator_id, current.decision.confirmed_by_id, current.author_id)
    if moderator.pk in part:
        raise ConflictOfInterest(gettext("Another moderator than those who decided it decides an appeal."))
    if case.state == State.CONFIRMING:
        raise CaseChanged(gettext("A decision in this case waits for a second moderator."))
    if upheld:
        answer([current], upheld=True, by=moderator, reason=reason.strip())
        case.turn, case.updated_at = case.turn + 1, timezone.now()
        case.save(update_fields=["turn", "updated_at"])
        return current
    put(
        case,
        moderator=moderator,
        effect=_giving_back(case),
        policy=current.decision.policy,
        reason=reason,
    )
    current.refresh_from_db()
    return current


@in_one_piece
def restore(*, appeal_id: int) -> bool:
    """Undo what a counter-notice contests whose waiting is over; False when it was answered meanwhile."""
    found = Appeal.objects.select_related("decision__case").get(pk=appeal_id)
    case = locked_case(found.decision.case)
    try:
        current = _open(found)
    except CaseChanged:
        return False
    decision = Decision.objects.create(
        case=case,
        effect=_giving_back(case),
        policy=current.decision.policy,
        rule=WAITED,
        reason=WAITING_OVER,
        state=DecisionState.PROPOSED,
    )
    stand(decision, actor_user=None)
    return True


def _giving_back(case: Case) -> Effect:
    """By which effect nothing is withheld in a case any more."""
    return Effect.OVERRIDE if Effect.OVERRIDE in possible(case) else Effect.NONE


def _open(appeal: Appeal) -> Appeal:
    current = Appeal.objects.select_related("decision__policy").get(pk=appeal.pk)
    if current.state != AppealState.OPEN or not current.decision.stands:
        raise CaseChanged(gettext("This appeal was answered while you were reading it."))
    return current
