"""A file is withheld everywhere, whatever its names."""

from accounts import audit
from accounts.models import User
from contributions.moderation.actions.base import Action
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind
from hub.events import Event
from storage import services as storage


class Quarantine(Action):
    effect = Effect.QUARANTINE
    subjects = frozenset({SubjectKind.BLOB})
    owned = True

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        if storage.quarantine(sha256=subject.fields["sha256"]):
            audit.record(Event.BLOB_QUARANTINED, actor=actor_user, subject=subject.key)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        if storage.release(sha256=subject.fields["sha256"]):
            audit.record(Event.BLOB_RELEASED, actor=actor_user, subject=subject.key)
