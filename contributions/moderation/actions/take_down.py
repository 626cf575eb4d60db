"""A repository, a commit, or everything of a user or an organisation is withheld from all but its people."""

from accounts.models import User
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind
from hub.repos import services as repos
from hub.repos.withholding import serve_namespace, withhold_namespace
from hub.revisions.withheld import serve_revision, withhold_revision

NAMESPACES = frozenset({SubjectKind.USER, SubjectKind.ORGANISATION})


class TakeDown(Action):
    effect = Effect.TAKE_DOWN
    subjects = frozenset({SubjectKind.REPOSITORY, SubjectKind.REVISION}) | NAMESPACES
    owned = True

    @property
    def held_by(self) -> frozenset[Effect]:
        return frozenset({Effect.TAKE_DOWN, Effect.FORBID_NAME})

    # Its people may have deleted it; the case is still decided.

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        found = subject.fields.get("repository")
        if subject.kind in NAMESPACES and subject.namespace:
            withhold_namespace(namespace=subject.namespace, actor_user=actor_user)
        elif found and subject.kind == SubjectKind.REVISION:
            withhold_revision(repository=found, oid=subject.fields["oid"], actor_user=actor_user)
        elif found:
            repos.take_down(repository=found, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        found = subject.fields.get("repository")
        if subject.kind in NAMESPACES and subject.namespace:
            serve_namespace(namespace=subject.namespace, actor_user=actor_user)
        elif subject.kind == SubjectKind.REVISION:
            # Also where the repository is gone, and was made anew.
            _, origin, oid = subject.key.split(":")
            serve_revision(origin=int(origin), oid=oid, actor_user=actor_user)
        elif found:
            repos.restore(repository=found, actor_user=actor_user)
