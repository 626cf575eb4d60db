"""A scanner is overruled: the file is served, with its findings and the moderator's reason beside it."""

from contributions.moderation.actions.base import Action
from contributions.moderation.vocabulary import Effect, SubjectKind


class Override(Action):
    effect = Effect.OVERRIDE
    subjects = frozenset({SubjectKind.BLOB})
