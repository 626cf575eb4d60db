"""The one permission table: which standing towards a repository allows which action."""

from enum import StrEnum

from accounts.roles import Role


class Action(StrEnum):
    """What can be done with a repository."""

    READ = "read"
    CONTRIBUTE = "contribute"
    WRITE = "write"
    ADMIN = "admin"
    MODERATE = "moderate"


class Standing(StrEnum):
    """What somebody is to a repository: a role in its namespace, or what remains without one."""

    ANYBODY = "anybody"
    SIGNED_IN = "signed in"
    READER = Role.READ
    CONTRIBUTOR = Role.CONTRIBUTE
    WRITER = Role.WRITE
    ADMIN = Role.ADMIN
    MODERATOR = "moderator"


R, C, W, A, M = Action.READ, Action.CONTRIBUTE, Action.WRITE, Action.ADMIN, Action.MODERATE

# Read it aloud: on a private repository, a contributor may read and contribute.
TABLE: dict[str, dict[Standing, frozenset[Action]]] = {
    "public": {
        Standing.ANYBODY: frozenset({R}),
        Standing.SIGNED_IN: frozenset({R, C}),
        Standing.READER: frozenset({R, C}),
        Standing.CONTRIBUTOR: frozenset({R, C}),
        Standing.WRITER: frozenset({R, C, W}),
        Standing.ADMIN: frozenset({R, C, W, A}),
        Standing.MODERATOR: frozenset({R, C, M}),
    },
    "private": {
        Standing.ANYBODY: frozenset(),
        Standing.SIGNED_IN: frozenset(),
        Standing.READER: frozenset({R}),
        Standing.CONTRIBUTOR: frozenset({R, C}),
        Standing.WRITER: frozenset({R, C, W}),
        Standing.ADMIN: frozenset({R, C, W, A}),
        Standing.MODERATOR: frozenset(),
    },
    # Withheld by a moderator's decision: its people see it and why, nobody can change it meanwhile.
    "taken down": {
        Standing.ANYBODY: frozenset(),
        Standing.SIGNED_IN: frozenset(),
        Standing.READER: frozenset({R}),
        Standing.CONTRIBUTOR: frozenset({R}),
        Standing.WRITER: frozenset({R}),
        Standing.ADMIN: frozenset({R}),
        Standing.MODERATOR: frozenset({R, M}),
    },
}
# What a token that may only read allows, whoever holds it.
READ_TOKEN = frozenset({R})


def allowed(condition: str, standings: frozenset[Standing]) -> frozenset[Action]:
    """Everything that at least one of the standings allows."""
    return frozenset().union(*(TABLE[condition][standing] for standing in standings))
