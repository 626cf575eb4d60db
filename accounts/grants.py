"""What a fine-grained token is granted: where, and how much. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.roles import RANK, Role


@dataclass(frozen=True)
class Grant:
    """The powers of a role in one namespace with all its repositories, or in one repository alone.

    A repository is named by its id, which no other repository ever gets: a grant follows it when it moves,
    and does not come back when its address is taken by another one.
    """

    permission: str
    namespace_id: int | None = None
    repository_id: int | None = None


@dataclass(frozen=True)
class Scope:
    """All that a fine-grained token is granted; its user may well be allowed more, or by now less."""

    grants: frozenset[Grant] = frozenset()
    everywhere: frozenset[str] = frozenset()

    def role_in(self, namespace_id: int) -> Role | None:
        """The role that is granted in a namespace as a whole; None where nothing is."""
        return strongest(grant for grant in self.grants if grant.namespace_id == namespace_id)

    def role_for(self, *, repository_id: int, namespace_id: int) -> Role | None:
        """The strongest role that is granted for a repository, by itself or by its namespace."""
        return strongest(
            grant
            for grant in self.grants
            if grant.repository_id == repository_id or grant.namespace_id == namespace_id
        )

    @property
    def namespace_ids(self) -> list[int]:
        """The namespaces in which something is granted."""
        return [grant.namespace_id for grant in self.grants if grant.namespace_id is not None]

    @property
    def repository_ids(self) -> list[int]:
        """The repositories for which something is granted by themselves."""
        return [grant.repository_id for grant in self.grants if grant.repository_id is not None]


def strongest(grants: Iterable[Grant]) -> Role | None:
    """The role that includes all others granted; None when there is no grant."""
    roles = [Role(grant.permission) for grant in grants]
    return max(roles, key=RANK.__getitem__, default=None)
