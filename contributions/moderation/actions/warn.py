"""Those concerned are told what not to do again; everything stays as it is."""

from contributions.moderation.actions.base import Action
from contributions.moderation.vocabulary import Effect, SubjectKind


class Warn(Action):
    effect = Effect.WARN
    subjects = frozenset(SubjectKind)
