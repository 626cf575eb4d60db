"""How moderators decide: by a policy and with reasons; where many are reached, a second one confirms."""

from datetime import datetime

from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from contributions.moderation import calling, heads, rules, subjects
from contributions.moderation.actions import possible, settle, standing_on
from contributions.moderation.answering import GIVING_BACK, answer_with, is_contested
from contributions.moderation.circles import in_one_piece
from contributions.moderation.errors import CaseChanged, ConflictOfInterest
from contributions.moderation.models import Case, Decision, Policy
from contributions.moderation.vocabulary import (
    CONFIRMED,
    RESTRICTIVE,
    WAITED,
    CallKind,
    DecisionState,
    Effect,
    State,
)
from hub.errors import Forbidden, InvalidInput
from hub.events import Event


@in_one_piece
def decide(
    *,
    case: Case,
    moderator: User,
    effect: str,
    policy: Policy,
    reason: str,
    note: str = "",
    until: datetime | None = None,
    seen: int | None = None,
) -> Decision:
    """Decide a case, and tell those concerned why; or propose it, where so many are reached that two decide.

    `seen` is the case's turn that the moderator saw; by default that of `case` as it was read. A decided
    case takes another decision as long as no newer one is about the same; of those whose decision an appeal
    contests, only what gives all back. The subject and the case are locked. Raises InvalidInput,
    Forbidden, ConflictOfInterest, and CaseChanged when something happened meanwhile or this decision stands
    already.
    """
    rules.check_decision(
        effect=effect, reason=reason, note=note, until=until, possible=possible(case), now=timezone.now()
    )
    locked = locked_to_decide(case, moderator)
    check_turn(locked, case.turn if seen is None else seen)
    if effect not in GIVING_BACK and is_contested(locked, moderator):
        raise ConflictOfInterest(gettext("Another moderator than those who decided it decides an appeal."))
    if not locked.is_open and locked.outcome == effect:
        raise CaseChanged(gettext("This decision stands already."))
    if not locked.is_open and _newer_case_exists(locked):
        raise CaseChanged(gettext("There is a newer case about the same thing; decide that one."))
    return put(
        locked, moderator=moderator, effect=effect, policy=policy, reason=reason, note=note, until=until
    )


def put(
    case: Case,
    *,
    moderator: User,
    effect: str,
    policy: Policy,
    reason: str,
    note: str = "",
    until: datetime | None = None,
) -> Decision:
    """Make a decision in a case that the caller holds and has checked: it stands at once, or is proposed."""
    calling.answered(case, moderator)
    decision = Decision.objects.create(
        case=case,
        moderator=moderator,
        effect=effect,
        policy=cited(policy),
        reason=reason.strip(),
        note=note.strip(),
        due_at=until,
        heads=heads.noted(case) if effect == Effect.ASK else {},
        state=DecisionState.PROPOSED,
    )
    if needs_second(case, effect, policy):
        return _proposed(decision, case)
    stand(decision, actor_user=moderator)
    return decision


def cited(policy: Policy) -> Policy:
    """A policy whose row is locked until the decision that cites it is there; InvalidInput when gone."""
    locked = Policy.objects.select_for_update(no_key=True).filter(pk=policy.pk).first()
    if locked is None:
        raise InvalidInput(gettext("This policy was deleted meanwhile: choose another one."), "policy")
    return locked


def needs_second(case: Case, effect: str, policy: Policy) -> bool:
    """Whether so many are reached that one moderator alone does not decide this; at most four queries.

    So it is for what is mild, too, where it gives back what stands. The reach is that of now or of the last
    flag, and the number that of the policy or of the case's cause, whichever asks for two sooner.
    """
    lifts = effect != Effect.ASK and case.decisions.filter(
        state=DecisionState.STANDING, effect__in=RESTRICTIVE
    ).exclude(effect=Effect.WARN)
    if effect not in CONFIRMED and not (lifts and lifts.exists()):
        return False
    above = Policy.objects.filter(cause=case.cause).aggregate(least=Min("confirm_above"))["least"]
    reach = max(case.reach, subjects.reach_of(subjects.of(case)))
    return reach >= min(policy.confirm_above, above if above is not None else policy.confirm_above)


@in_one_piece
def confirm(*, decision: Decision, moderator: User, seen: int | None = None) -> Decision:
    """Let a colleague's proposal stand. Forbidden, ConflictOfInterest, CaseChanged when it is gone.

    `seen` is the case's turn that was on the moderator's page, if they had one: what happened since may be a
    reason not to.
    """
    locked, proposed = _proposal(decision, moderator, seen)
    proposed.case = locked
    proposed.confirmed_by = moderator
    proposed.save(update_fields=["confirmed_by"])
    stand(proposed, actor_user=moderator)
    return proposed


@in_one_piece
def decline(*, decision: Decision, moderator: User, reason: str, seen: int | None = None) -> Decision:
    """Set a colleague's proposal aside, saying why to the desk: the case waits for another decision.

    ConflictOfInterest also for whoever decided what an appeal contests, and would have it stay by this.
    """
    rules.check_text(reason, "reason", least=rules.REASON_MIN, most=rules.REASON_MAX)
    locked, proposed = _proposal(decision, moderator, seen)
    if proposed.effect in GIVING_BACK and is_contested(locked, moderator):
        raise ConflictOfInterest(gettext("Another moderator than those who decided it decides an appeal."))
    proposed.state, proposed.confirmed_by = DecisionState.DECLINED, moderator
    proposed.undone_at = timezone.now()
    proposed.save(update_fields=["state", "confirmed_by", "undone_at"])
    locked.messages.create(author=moderator, from_desk=True, internal=True, text=reason.strip())
    state, locked.due_at = _without_proposal(locked)
    moved(locked, state, outcome=locked.outcome)
    audit.record(
        Event.DECISION_DECLINED,
        actor=moderator,
        subject=locked.subject,
        decision=proposed.pk,
        reason=reason.strip(),
    )
    return proposed


def stand(decision: Decision, *, actor_user: User | None, closes: bool = True) -> None:
    """Let a decision count, in the caller's transaction, which holds the locks of the subject and the case.

    What closes a case takes the place of all that stood in it; what is asked for leaves standing what a rule
    did meanwhile. What a rule does closes nothing, lets a proposal wait, and takes the place of what served
    the same before. The appeals against a decision that is replaced are answered with that; the event names
    the counter-notices that it overtook.
    """
    case, now = decision.case, timezone.now()
    before = standing_on(case.subject_key)
    replaced = case.decisions.filter(state=DecisionState.STANDING)
    if decision.effect == Effect.ASK:
        replaced = replaced.filter(effect=Effect.ASK)
    elif not closes:
        replaced = replaced.exclude(effect=Effect.ASK)
    gone = list(replaced.values_list("pk", flat=True))
    Decision.objects.filter(pk__in=gone).update(state=DecisionState.UNDONE, undone_at=now)
    counters = answer_with(decision, replaced=gone)
    if closes:
        _set_aside_proposals(case, but=decision)
    decision.state, decision.applied_at = DecisionState.STANDING, now
    decision.save(update_fields=["state", "applied_at"])
    if not closes:
        moved(case, case.state)
    elif decision.effect == Effect.ASK:
        case.due_at = decision.due_at
        moved(case, State.ASKED)
    else:
        moved(case, State.CLOSED, outcome=decision.effect)
    settle(case, before=before, actor_user=actor_user)
    audit.record(
        Event.CASE_DECIDED,
        actor=actor_user,
        subject=case.subject,
        decision=decision.pk,
        effect=str(decision.effect),
        policy=decision.policy.slug,
        rule=decision.rule,
        reason=decision.reason,
        about=case.subject_key,
        overtaken=counters,
    )


@in_one_piece
def settle_again(*, case_id: int) -> None:
    """Apply what stands on a case's subject once more: what it is about went, or is there again."""
    case = locked_case(Case.objects.get(pk=case_id))
    settle(case, before=standing_on(case.subject_key), actor_user=None)


def locked_for(case: Case, moderator: User) -> Case:
    """The case, its subject locked first and then its row, for a moderator who may decide it.

    Forbidden for everybody else, ConflictOfInterest for whom it is about.
    """
    if not moderator.is_moderator or moderator.suspended_at:
        raise Forbidden(gettext("Only moderators decide cases."))
    locked = locked_case(case)
    if subjects.has_stake(locked, moderator):
        raise ConflictOfInterest(
            gettext(
                "This case is about something of yours, or of an organisation you are a member of: another "
                "moderator has to decide it."
            )
        )
    return locked


def locked_to_decide(case: Case, moderator: User) -> Case:
    """As `locked_for`; ConflictOfInterest also for whoever reported it: nobody judges what they say."""
    locked = locked_for(case, moderator)
    if reported_by(locked, moderator):
        raise ConflictOfInterest(gettext("You reported this yourself: another moderator has to decide it."))
    return locked


def reported_by(case: Case, user: User) -> bool:
    """Whether somebody made one of the flags in a case."""
    return case.flags.filter(reporter=user).exists()


def locked_case(case: Case) -> Case:
    """The case as it is now, its subject locked first and then its row; always in this order."""
    subjects.lock(case.subject_key)
    related = ("repository__namespace", "comment__discussion__repository__namespace", "namespace")
    return Case.objects.select_for_update(of=("self",)).select_related(*related).get(pk=case.pk)


def _proposed(decision: Decision, case: Case) -> Decision:
    _set_aside_proposals(case, but=decision)
    moved(case, State.CONFIRMING)
    called = calling.to_confirm(case, but=decision.moderator)
    calling.call(case, called, CallKind.PROPOSAL, by=decision.moderator, decision=decision)
    audit.record(
        Event.DECISION_PROPOSED,
        actor=decision.moderator,
        subject=case.subject,
        decision=decision.pk,
        effect=str(decision.effect),
        policy=decision.policy.slug,
        reason=decision.reason,
    )
    return decision


def _without_proposal(case: Case) -> tuple[str, datetime]:
    """Where a case is when a proposal in it comes to nothing, and until when: where it was before.

    Changes whose date is over by now are not waited for any more.
    """
    closing = case.decisions.filter(state=DecisionState.STANDING, rule__in=["", WAITED])
    standing = dict(closing.values_list("effect", "due_at"))
    if not standing:
        return State.OPEN, case.due_at
    if Effect.ASK not in standing:
        return State.CLOSED, case.due_at
    until = standing[Effect.ASK]
    # A report that came while the proposal waited shortens nothing of what was promised.
    return (State.ASKED, until) if until > timezone.now() else (State.OPEN, case.due_at)


def _set_aside_proposals(case: Case, *, but: Decision) -> None:
    older = case.decisions.filter(state=DecisionState.PROPOSED).exclude(pk=but.pk)
    older.update(state=DecisionState.DECLINED, undone_at=timezone.now())


def _proposal(decision: Decision, moderator: User, seen: int | None) -> tuple[Case, Decision]:
    locked = locked_to_decide(decision.case, moderator)
    proposed = Decision.objects.select_related("policy").get(pk=decision.pk)
    if proposed.state != DecisionState.PROPOSED:
        raise CaseChanged(gettext("Another moderator decided this case while you were reading it."))
    if proposed.moderator_id == moderator.pk:
        raise ConflictOfInterest(gettext("Another moderator than the one who proposed it has to confirm it."))
    if seen is not None:
        check_turn(locked, seen)
    calling.answered(locked, moderator)
    return locked, proposed


def moved(case: Case, state: str, *, outcome: str = "") -> None:
    """Note where a locked case is now, and that something happened in it."""
    now = timezone.now()
    case.state, case.updated_at = state, now
    case.turn += 1
    fields = ["state", "updated_at", "turn", "due_at"]
    if state in {State.ASKED, State.OPEN}:
        # A decided case in which changes are asked for, or something was found, is not decided any more.
        case.closed_at, case.outcome = None, ""
        fields += ["closed_at", "outcome"]
    elif state == State.CLOSED:
        case.closed_at, case.outcome = now, outcome
        case.claimed_by = case.claimed_at = case.second_by = case.all_asked_by = None
        fields += ["closed_at", "outcome", "claimed_by", "claimed_at", "second_by", "all_asked_by"]
    case.save(update_fields=fields)


def check_turn(case: Case, seen: int) -> None:
    """Raise CaseChanged when something happened in a locked case since its turn was `seen`."""
    if case.turn != seen:
        raise CaseChanged(
            gettext("Something happened in this case while you were reading it. Look again, then decide.")
        )


def _newer_case_exists(case: Case) -> bool:
    same = Case.objects.filter(subject_key=case.subject_key, cause=case.cause)
    return same.filter(pk__gt=case.pk).exists()
