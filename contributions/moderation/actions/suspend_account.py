"""Nobody logs in to an account any more, nor uses its tokens."""

from accounts.models import User
from accounts.suspensions import reinstate_account, suspend_account
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind


class SuspendAccount(Action):
    effect = Effect.SUSPEND_ACCOUNT
    subjects = frozenset({SubjectKind.USER})

    @property
    def held_by(self) -> frozenset[Effect]:
        return frozenset({Effect.SUSPEND_ACCOUNT, Effect.FORBID_NAME})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        if subject.namespace and (user := subject.namespace.user):
            suspend_account(user=user, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        if subject.namespace and (user := subject.namespace.user):
            reinstate_account(user=user, actor_user=actor_user)
