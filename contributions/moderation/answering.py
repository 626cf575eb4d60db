"""What becomes of the appeals against a decision: upheld, undone, or overtaken by another decision."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import User
from contributions.moderation.models import Appeal, Case, Decision
from contributions.moderation.vocabulary import AppealKind, AppealState, DecisionState, Effect
from hub.events import Event

# By which nothing is taken from anybody in a case any more.
GIVING_BACK = frozenset({Effect.NONE, Effect.OVERRIDE})


def answer(appeals: Iterable[Appeal], *, upheld: bool, by: User | None, reason: str) -> None:
    """Note the same answer to each appeal, in the transaction of what it does; the case is locked."""
    now, state = timezone.now(), AppealState.UPHELD if upheld else AppealState.UNDONE
    answered = list(appeals)
    for one in answered:
        one.state, one.decided_by, one.reason, one.decided_at = state, by, reason, now
    Appeal.objects.bulk_update(answered, ["state", "decided_by", "reason", "decided_at"])
    said = {"upheld": upheld, "reason": reason}
    audit.record_each(
        Event.APPEAL_DECIDED,
        actor=by,
        acts=[
            (
                f"case:{one.decision.case_id}",
                {"decision": one.decision_id, "appeal": one.pk, "kind": str(one.kind), **said},
            )
            for one in answered
        ],
    )


def answer_with(decision: Decision, *, replaced: list[int]) -> list[int]:
    """Answer the appeals against the decisions whose place another takes; the case is locked.

    What gives everything back undoes what they contest, unless it is by whoever decided that; whatever else
    is decided overtakes them. Returns the ids of the counter-notices that were overtaken.
    """
    waiting = Appeal.objects.filter(decision__in=replaced, state=AppealState.OPEN)
    if decision.effect in GIVING_BACK:
        undone = waiting.exclude(_decided_by(decision.moderator_id)).select_related("decision")
        answer(undone, upheld=False, by=decision.moderator, reason=decision.reason)
    counters = list(waiting.filter(kind=AppealKind.COUNTER_NOTICE).values_list("pk", flat=True))
    waiting.update(state=AppealState.OVERTAKEN, decided_at=timezone.now())
    return counters


def is_contested(case: Case, moderator: User) -> bool:
    """Whether an appeal waits against what a moderator decided or confirmed in a case."""
    waiting = Appeal.objects.filter(
        decision__case=case, decision__state=DecisionState.STANDING, state=AppealState.OPEN
    )
    return waiting.filter(_decided_by(moderator.pk)).exists()


def _decided_by(moderator: int | None) -> Q:
    # A rule decided without anybody.
    if moderator is None:
        return Q(pk__in=[])
    return Q(decision__moderator=moderator) | Q(decision__confirmed_by=moderator)
