"""Somebody publishes nothing any more, and reads, talks and deletes as before."""

from accounts.models import User
from accounts.suspensions import allow_uploads, suspend_uploads
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind


class SuspendUploads(Action):
    effect = Effect.SUSPEND_UPLOADS
    subjects = frozenset({SubjectKind.USER})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        if subject.namespace and (user := subject.namespace.user):
            suspend_uploads(user=user, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        if subject.namespace and (user := subject.namespace.user):
            allow_uploads(user=user, actor_user=actor_user)
