"""Those concerned are asked for changes until a date; what is withheld meanwhile stays so.

A repository that is withheld is changed by its writers until then.
"""

from datetime import datetime

from accounts.models import User
from contributions.moderation.actions.base import Action
from contributions.moderation.models import Decision
from contributions.moderation.subjects import Subject
from contributions.moderation.vocabulary import MILD, DecisionState, Effect, SubjectKind
from hub.repos.withholding import ask_for_changes


class Ask(Action):
    effect = Effect.ASK
    subjects = frozenset({SubjectKind.BLOB, SubjectKind.REPOSITORY, SubjectKind.REVISION})

    def apply(self, subject: Subject, actor_user: User | None) -> None:
        self._let_change(subject, self._until(subject.key), actor_user)

    def undo(self, subject: Subject, actor_user: User | None) -> None:
        self._let_change(subject, None, actor_user)

    @staticmethod
    def _let_change(subject: Subject, until: datetime | None, actor_user: User | None) -> None:
        found = subject.fields.get("repository")
        if found and subject.kind == SubjectKind.REPOSITORY:
            ask_for_changes(repository=found, until=until, actor_user=actor_user)

    @staticmethod
    def _until(key: str) -> datetime | None:
        """The first date of all cases that withhold it; None when one of them asks for no changes."""
        standing = Decision.objects.filter(case__subject_key=key, state=DecisionState.STANDING)
        asked = dict(standing.filter(effect=Effect.ASK).values_list("case", "due_at"))
        withholding = standing.exclude(effect__in=MILD).values_list("case", flat=True)
        dates = [asked.get(case) for case in withholding]
        return min((date for date in dates if date), default=None) if all(dates) else None
