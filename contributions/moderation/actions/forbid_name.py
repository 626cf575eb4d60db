"""What has a name is removed, and nobody gets the name again that it had when the case was opened."""

from django.db.models import QuerySet

from accounts.forbidden import allow_name, forbid_name
from accounts.models import ForbiddenName, User
from contributions.moderation.actions.base import Action
from contributions.moderation.models import Decision
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import DecisionState, Effect, SubjectKind

WHY = "a moderators' decision"


class ForbidName(Action):
    effect = Effect.FORBID_NAME
    subjects = frozenset({SubjectKind.REPOSITORY, SubjectKind.USER, SubjectKind.ORGANISATION})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        """Forbid the names of the cases in which it was decided; a subject may have been renamed between."""
        for name in self._names(self._standing().filter(case__subject_key=subject.key)):
            forbid_name(name=name, why=WHY, actor_user=actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        """Allow what no decision forbids any more; what the operator forbade stays so."""
        of_subject = Decision.objects.filter(effect=self.effect, case__subject_key=subject.key)
        for name in self._names(of_subject):
            still = self._standing().filter(case__subject_name__iexact=name).exists()
            if not still and ForbiddenName.objects.filter(name=name.lower(), why=WHY).exists():
                allow_name(name=name, why=WHY, actor_user=actor_user)

    def _standing(self) -> QuerySet[Decision]:
        return Decision.objects.filter(effect=self.effect, state=DecisionState.STANDING)

    @staticmethod
    def _names(decisions: QuerySet[Decision]) -> list[str]:
        return sorted(set(decisions.values_list("case__subject_name", flat=True)))
