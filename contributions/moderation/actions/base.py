"""What each effect has in common."""

from accounts.models import User
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import Effect, SubjectKind


class Action:
    """One effect: on which subjects it is decided, and which plain state below it sets and takes back.

    The state is held while a decision with one of `held_by` stands on the subject, in whatever case. `owned`
    says that nobody but moderation and the machines it answers for sets that state, so that it is taken back
    even if no decision is known that set it. Both functions may run when there is nothing to change, and do
    nothing for a subject that is gone.
    """

    effect: Effect
    subjects: frozenset[SubjectKind]
    owned = False

    @property
    def held_by(self) -> frozenset[Effect]:
        return frozenset({self.effect})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        """Set the state; what only words do sets none."""

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        """Take the state back."""
