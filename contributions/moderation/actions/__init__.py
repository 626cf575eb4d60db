"""What decisions do below: one effect a file, each with its undoing."""

from accounts.models import User
from contributions.moderation import subjects
from contributions.moderation.actions.ask import Ask
from contributions.moderation.actions.base import Action
from contributions.moderation.actions.forbid_name import ForbidName
from contributions.moderation.actions.hide import Hide
from contributions.moderation.actions.none import Nothing
from contributions.moderation.actions.override import Override
from contributions.moderation.actions.quarantine import Quarantine
from contributions.moderation.actions.suspend_account import SuspendAccount
from contributions.moderation.actions.suspend_uploads import SuspendUploads
from contributions.moderation.actions.take_down import TakeDown
from contributions.moderation.actions.warn import Warn
from contributions.moderation.models import Case, Decision
from contributions.moderation.vocabulary import DecisionState, Effect, SubjectKind

ACTIONS: tuple[Action, ...] = (
    Nothing(),
    Warn(),
    Ask(),
    Override(),
    Quarantine(),
    TakeDown(),
    Hide(),
    SuspendUploads(),
    SuspendAccount(),
    ForbidName(),
)


def possible(case: Case) -> list[Effect]:
    """What can be decided in a case: where a scanner found something, serving the file is to overrule it."""
    found = [action.effect for action in ACTIONS if case.subject_kind in action.subjects]
    if case.subject_kind != SubjectKind.BLOB:
        return found
    useless = {Effect.NONE, Effect.WARN} if case.findings else {Effect.OVERRIDE}
    return [effect for effect in found if effect not in useless]


def standing_on(key: str) -> frozenset[str]:
    """The effects of all decisions that stand on a subject, in whatever case."""
    found = Decision.objects.filter(case__subject_key=key, state=DecisionState.STANDING)
    return frozenset(found.values_list("effect", flat=True))


def settle(case: Case, *, before: frozenset[str], actor_user: User | None) -> None:
    """Make the plain states below what all decisions that stand on the subject say together.

    `before` is what stood until now; the caller holds the subject's lock. So nothing that one decision
    withholds is served because another one was undone, and nothing stays withheld without one.
    """
    subject, now = subjects.of(case), standing_on(case.subject_key)
    for action in ACTIONS:
        if case.subject_kind not in action.subjects:
            continue
        if action.held_by & now:
            action.apply(subject, actor_user)
        elif action.owned or action.held_by & before:
            action.undo(subject, actor_user)
