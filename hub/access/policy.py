"""The one permission table: which standing towards a repository allows which action."""

from enum import StrEnum

from accounts.roles import Everywhere, Role


class Action(StrEnum):
    """What can be done with a repository.

    READ is to know of it: its card, its facts, the names and sizes of its files, its discussions. PULL is to
    have what is in its files; PULL_WITHHELD, also in those that are withheld for what a scan found in them.
    LIKE is to say that one likes it, and to take that back. CONTRIBUTE is to take part in what is said of it;
    BRING, to bring files for it, which become a pull request of those who may not WRITE.
    """

    READ = "read"
    PULL = "pull"
    PULL_WITHHELD = "pull what is withheld of"
    LIKE = "like"
    CONTRIBUTE = "contribute"
    BRING = "bring files to"
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


R, P, L, C, B = Action.READ, Action.PULL, Action.LIKE, Action.CONTRIBUTE, Action.BRING
W, A, M, X = Action.WRITE, Action.ADMIN, Action.MODERATE, Action.PULL_WITHHELD

# Read it aloud: on a private repository, a contributor may read, pull, contribute and bring files.
TABLE: dict[str, dict[Standing, frozenset[Action]]] = {
    "public": {
        Standing.ANYBODY: frozenset({R, P}),
        Standing.SIGNED_IN: frozenset({R, P, L, C, B}),
        Standing.LET_IN: frozenset({R, P}),
        Standing.READER: frozenset({R, P, L, C, B}),
        Standing.CONTRIBUTOR: frozenset({R, P, L, C, B}),
        Standing.WRITER: frozenset({R, P, X, L, C, B, W}),
        Standing.ADMIN: frozenset({R, P, X, L, C, B, W, A}),
        Standing.MODERATOR: frozenset({R, P, X, L, C, B, M}),
        Standing.AUDITOR: frozenset({R, P, X}),
    },
    # Anybody may know of it, its people have the files, and so does whom they let in; a moderator may look at
    # what is reported.
    "gated": {
        Standing.ANYBODY: frozenset({R}),
        Standing.SIGNED_IN: frozenset({R, L, C, B}),
        Standing.LET_IN: frozenset({R, P}),
        Standing.READER: frozenset({R, P, L, C, B}),
        Standing.CONTRIBUTOR: frozenset({R, P, L, C, B}),
        Standing.WRITER: frozenset({R, P, X, L, C, B, W}),
        Standing.ADMIN: frozenset({R, P, X, L, C, B, W, A}),
        Standing.MODERATOR: frozenset({R, P, X, L, C, B, M}),
        Standing.AUDITOR: frozenset({R, P, X}),
    },
    "private": {
        Standing.ANYBODY: frozenset(),
        Standing.SIGNED_IN: frozenset(),
        Standing.LET_IN: frozenset(),
        Standing.READER: frozenset({R, P, L}),
        Standing.CONTRIBUTOR: frozenset({R, P, L, C, B}),
        Standing.WRITER: frozenset({R, P, X, L, C, B, W}),
        Standing.ADMIN: frozenset({R, P, X, L, C, B, W, A}),
        Standing.MODERATOR: frozenset(),
        Standing.AUDITOR: frozenset(),
    },
    # Withheld by a moderator's decision: its people see it and why, nobody can change it meanwhile,
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
    # but for what its writers are asked to change: nobody else sees more of it for that.
    "changes asked": {
        Standing.ANYBODY: frozenset(),
        Standing.SIGNED_IN: frozenset(),
        Standing.LET_IN: frozenset(),
        Standing.READER: frozenset({R, P}),
        Standing.CONTRIBUTOR: frozenset({R, P}),
        Standing.WRITER: frozenset({R, P, X, B, W}),
        Standing.ADMIN: frozenset({R, P, X, B, W}),
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
    Role.CONTRIBUTE: frozenset({R, P, L, C, B}),
    Role.WRITE: frozenset({R, P, X, L, C, B, W}),
    Role.ADMIN: frozenset({R, P, X, L, C, B, W, A}),
}
# What it allows where it is granted nothing, by the condition of the repository; then, what it allows there
# as well when it is granted something everywhere.
UNGRANTED: dict[str, frozenset[Action]] = {
    "public": frozenset({R, P}),
    "gated": frozenset({R}),
    "private": frozenset(),
    "taken down": frozenset(),
    "changes asked": frozenset(),
}
EVERYWHERE: dict[tuple[str, str], frozenset[Action]] = {
    ("public", Everywhere.CONTRIBUTE): frozenset({L, C, B}),
    ("gated", Everywhere.CONTRIBUTE): frozenset({L, C, B}),
    ("gated", Everywhere.GATED): frozenset({P}),
}
# What nobody may anywhere whose uploads are suspended: to read, to pull and to talk stays theirs, and so does
# to delete what is theirs.
BRINGING = frozenset({B, W})


def allowed(condition: str, standings: frozenset[Standing]) -> frozenset[Action]:
    """Everything that at least one of the standings allows."""
    return frozenset().union(*(TABLE[condition][standing] for standing in standings))
