"""A repository, a commit, or everything of a user or an organisation is withheld from all but its people."""

from accounts.models import User
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import HOLDING, Effect, SubjectKind
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.repos.withholding import serve_namespace, withhold_namespace
from hub.revisions.withheld import serve_deleted, serve_revision, withhold_deleted, withhold_revision

NAMESPACES = frozenset({SubjectKind.USER, SubjectKind.ORGANISATION})


class TakeDown(Action):
    """Of a repository that its people deleted, what it had is withheld where it is made anew."""

    effect = Effect.TAKE_DOWN
    subjects = frozenset({SubjectKind.REPOSITORY, SubjectKind.REVISION}) | NAMESPACES
    owned = True

    @property
    def held_by(self) -> frozenset[Effect]:
        return HOLDING

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        if subject.kind == SubjectKind.REVISION:
            withhold_revision(origin=subject.origin, oid=subject.fields["oid"], actor_user=actor_user)
        elif subject.kind == SubjectKind.REPOSITORY:
            if found := _itself(subject):
                repos.take_down(repository=found, actor_user=actor_user)
            withhold_deleted(origin=subject.origin, actor_user=actor_user)
        elif subject.namespace:
            withhold_namespace(namespace=subject.namespace, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        if subject.kind == SubjectKind.REVISION:
            serve_revision(origin=subject.origin, oid=subject.fields["oid"], actor_user=actor_user)
        elif subject.kind == SubjectKind.REPOSITORY:
            if found := _itself(subject):
                repos.restore(repository=found, actor_user=actor_user)
            serve_deleted(origin=subject.origin, actor_user=actor_user)
        elif subject.namespace:
            serve_namespace(namespace=subject.namespace, actor_user=actor_user)


def _itself(subject: Subject) -> Repository | None:
    """The repository that was flagged, and not the one that was made anew in its place."""
    found = subject.fields["repository"]
    return found if found and found.pk == subject.origin else None
