"""A repository or a commit of it is withheld from everybody but its people; its name stays taken."""

from accounts.models import User
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind
from hub.repos import services as repos
from hub.revisions.withheld import serve_revision, withhold_revision


class TakeDown(Action):
    effect = Effect.TAKE_DOWN
    subjects = frozenset({SubjectKind.REPOSITORY, SubjectKind.REVISION})
    owned = True

    @property
    def held_by(self) -> frozenset[Effect]:
        return frozenset({Effect.TAKE_DOWN, Effect.FORBID_NAME})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        # The publisher may have deleted it; the case is still decided.
        if (found := subject.fields["repository"]) is None:
            return
        if subject.kind == SubjectKind.REVISION:
            withhold_revision(repository=found, oid=subject.fields["oid"], actor_user=actor_user)
        else:
            repos.take_down(repository=found, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        if (found := subject.fields["repository"]) is None:
            return
        if subject.kind == SubjectKind.REVISION:
            serve_revision(repository=found, oid=subject.fields["oid"], actor_user=actor_user)
        else:
            repos.restore(repository=found, actor_user=actor_user)
