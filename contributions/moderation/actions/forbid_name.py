"""A repository or a user is removed, and nobody gets the name again that it had when the case was opened."""

from accounts.forbidden import allow_name, forbid_name
from accounts.models import User
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind

WHY = "a moderators' decision"


class ForbidName(Action):
    effect = Effect.FORBID_NAME
    subjects = frozenset({SubjectKind.REPOSITORY, SubjectKind.USER})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        forbid_name(name=subject.name, why=WHY, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        allow_name(name=subject.name, why=WHY, actor_user=actor_user)
