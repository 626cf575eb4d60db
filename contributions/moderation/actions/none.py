"""Nothing is done: everything stays, or becomes again, as it was."""

from contributions.moderation.actions.base import Action
from contributions.moderation.vocabulary import Effect, SubjectKind


class Nothing(Action):
    effect = Effect.NONE
    subjects = frozenset(SubjectKind)
