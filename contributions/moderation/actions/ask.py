"""Those concerned are asked for changes until a date; what a rule withheld meanwhile stays so."""

from contributions.moderation.actions.base import Action
from contributions.moderation.vocabulary import Effect, SubjectKind


class Ask(Action):
    effect = Effect.ASK
    subjects = frozenset({SubjectKind.BLOB, SubjectKind.REPOSITORY, SubjectKind.REVISION})
