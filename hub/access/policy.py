"""The one permission table: which standing towards a repository allows which action."""

from enum import StrEnum

from accounts.roles import Everywhere, Role


class Action(StrEnum):
    """What can be done with a repository.

    READ is to know of it: its card, its facts, the names and sizes of its files, its discussions. PULL is to
    have what is in its files; PULL_WITHHELD, also in those that are withheld for what a scan found in them.
    LIKE is to say that one likes it, and to take that back.
    """

    READ = "read"
    PULL = "pull"
    PULL_WITHHELD = "pull what is withheld of"
    LIKE = "like"
    CONTRIBUTE = "contribute"
    WRITE = "write"
    ADMIN = "admin"
    MODERATE = "moderate"


class Standing(StrEnum):
    """What somebody is to a repository: a role in its namespace, or what remains without one.

    LET_IN is who asked for what is behind a gate and was accepted, or was given it unasked. An AUDITOR reads
    what a MODERATOR reads, and changes nothing.
    """

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    LET_IN = "let in"
    READER = Role.READ
    CONTRIBUTOR = Role.CONTRIBUTE
    WRITER = Role.WRITE
    ADMIN = Role.ADMIN
    MODERATOR = "moderator"
    AUDITOR = "auditor"


R, P, L, C = Action.READ, Action.PULL, Action.LIKE, Action.CONTRIBUTE
W, A, M, X = Action.WRITE, Action.ADMIN, Action.MODERATE, Action.PULL_WITHHELD

# Read it aloud: on a private repository, a contributor may read, pull and contribute.
TABLE: dict[str, dict[Standing, frozenset[Action]]] = {
    "public": {
        Standing.ANYBODY: frozenset({R, P}),
        Standing.SIGNED_IN: frozenset({R, P, L, C}),
        Standing.LET_IN: frozenset({R, P}),
        Standing.READER: frozenset({R, P, L, C}),
        Standing.CONTRIBUTOR: frozenset({R, P, L, C}),
        Standing.WRITER: frozenset({R, P, X, L, C, W}),
        Standing.ADMIN: frozenset({R, P, X, L, C, W, A}),
        Standing.MODERATOR: frozenset({R, P, X, L, C, M}),
        Standing.AUDITOR: frozenset({R, P, X}),
    },
    # Anybody may know of it, its people have the files, and so does whom they let in; a moderator may look at
    # what is reported.
    "gated": {
        Standing.ANYBODY: frozenset({R}),
        Standing.SIGNED_IN: frozenset({R, L, C}),
        Standing.LET_IN: frozenset({R, P}),
        Standing.READER: frozenset({R, P, L, C}),
        Standing.CONTRIBUTOR: frozenset({R, P, L, C}),
        Standing.WRITER: frozenset({R, P, X, L, C, W}),
        Standing.ADMIN: frozenset({R, P, X, L, C, W, A}),
        Standing.MODERATOR: frozenset({R, P, X, L, C, M}),
        Standing.AUDITOR: frozenset({R, P, X}),
    },
    "private": {
        Standing.ANYBODY: frozenset(),
        Standing.SIGNED_IN: frozenset(),
        Standing.LET_IN: frozenset(),
        Standing.READER: frozenset({R, P, L}),
        Standing.CONTRIBUTOR: frozenset({R, P, L, C}),
        Standing.WRITER: frozenset({R, P, X, L, C, W}),
        Standing.ADMIN: frozenset({R, P, X, L, C, W, A}),
        Standing.MODERATOR: frozenset(),
        Standing.AUDITOR: frozenset(),
    },
    # Withheld by a moderator's decision: its people see it and why, nobody can change it meanwhile.
    "taken down": {
        Standing.ANYBODY: frozenset(),
        Standing.SIGNED_IN: frozenset(),
        Standing.LET_IN: frozenset(),
        Standing.READER: frozenset({R, P}),
        Standing.CONTRIBUTOR: frozenset({R, P}),
        Standing.WRITER: frozenset({R, P, X}),
        Standing.ADMIN: frozenset({R, P, X}),
        Standing.MODERATOR: frozenset({R, P, X, M}),
        Standing.AUDITOR: frozenset({R, P, X}),
    },
}
# What a token that may only read allows, whoever holds it: a machine that only pulls gets
# nothing that is withheld.
READ_TOKEN = frozenset({R, P})
# What a fine-grained token allows where it is granted a role, whoever holds it.
GRANTED: dict[Role, frozenset[Action]] = {
    Role.READ: frozenset({R, P}),
    Role.CONTRIBUTE: frozenset({R, P, L, C}),
    Role.WRITE: frozenset({R, P, X, L, C, W}),
    Role.ADMIN: frozenset({R, P, X, L, C, W, A}),
}
# What it allows where it is granted nothing, by the condition of the repository; then, what it allows there
# as well when it is granted something everywhere.
UNGRANTED: dict[str, frozenset[Action]] = {
    "public": frozenset({R, P}),
    "gated": frozenset({R}),
    "private": frozenset(),
    "taken down": frozenset(),
}
EVERYWHERE: dict[tuple[str, str], frozenset[Action]] = {
    ("public", Everywhere.CONTRIBUTE): frozenset({L, C}),
    ("gated", Everywhere.CONTRIBUTE): frozenset({L, C}),
    ("gated", Everywhere.GATED): frozenset({P}),
}


def allowed(condition: str, standings: frozenset[Standing]) -> frozenset[Action]:
    """Everything that at least one of the standings allows."""
    return frozenset().union(*(TABLE[condition][standing] for standing in standings))
