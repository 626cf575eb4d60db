"""A pull by a caller who pulled there before: repository, permissions and file in one query instead of two.

What a process remembers of earlier pulls tells only where to look. Who may pull is read anew each time, and
what lies where another repository is now is thrown away.
"""

from accounts.actors import Actor
from accounts.models import User
from hub.repos.models import Repository
from hub.repos.selectors import repository_beside, repository_by_address
from hub.revisions.location import AT_A_GLANCE, Believed, Location, Row, believed, bound, locate, location_of
from storage.memory import Memory

# The repository that a caller was let into, by caller and address. Nobody looks at a glance where they were
# not let in, so that the time it takes tells them nothing of what is there.
_let_in: Memory[tuple[int, int, str, str, str], int] = Memory(20_000)


class Glance:
    """One look for a file: `repository` is how open_repo finds it, then there is `file`."""

    def __init__(self, actor: Actor, revision: str, path: str, *, limit: int) -> None:
        self.caller = (actor.user.pk if actor.user else 0, actor.token.pk if actor.token else 0)
        self.revision, self.path, self.limit = revision, path, limit
        self.seen: tuple[Believed, Row] | None = None

    def repository(
        self, kind: str, namespace: str, name: str, *, asker: User | None = None
    ) -> Repository | None:
        """`repository_by_address`, with the file's row beside it if this caller was let in before."""
        self.key = (*self.caller, kind, namespace, name)
        known = _let_in.get(self.key)
        there = believed(known, self.revision, self.path) if known else None
        if there is None:
            return repository_by_address(kind, namespace, name, asker=asker)
        values = bound(there, self.revision, self.path, limit=self.limit)
        found, columns = repository_beside(
            AT_A_GLANCE, values, kind=kind, namespace=namespace, name=name, asker=asker
        )
        if found is not None:
            self.seen = (there, Row(*columns))
        return found

    def file(self, repository: Repository) -> Location:
        """The file in the repository that the caller was let into; raises as `locate` does."""
        _let_in.put(self.key, repository.pk)
        if self.seen is not None:
            there, row = self.seen
            if (there.repository_id, there.tree, there.oid or None) == (repository.pk, row.tree, row.oid):
                return location_of(repository, there, self.path, row)
        return locate(repository, self.revision, self.path, limit=self.limit)

    def forget(self) -> None:
        """Look twice the next time: the caller was not let in."""
        _let_in.drop(self.key)
