"""A comment is hidden from everybody; its author and the repository's people do not show it again."""

from accounts.models import User
from contributions.discussions.withholding import serve_comment, withhold_comment
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind


class Hide(Action):
    effect = Effect.HIDE
    subjects = frozenset({SubjectKind.COMMENT})
    owned = True

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        if event := subject.fields["comment"]:
            withhold_comment(event=event, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        if event := subject.fields["comment"]:
            serve_comment(event=event, actor_user=actor_user)
