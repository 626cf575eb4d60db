"""Commits and what they changed: reads of a repository's history."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from hub.errors import RevisionNotFound
from hub.repos.models import Repository
from hub.revisions.selectors import Revision, by_name, commit_named
from storage.git.objects import TreeEntry, parse_commit
from storage.models import Commit
from storage.selectors import commit_by_oid, load_trees


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit as lists show it."""

    oid: str
    title: str
    description: str
    author: str
    date: datetime
    parents: tuple[str, ...]


def history(
    repository: Repository, revision: Revision, *, limit: int = 50, after: str | None = None
) -> list[CommitInfo]:
    """Commits along first parents, newest first; `after` continues below a commit of an earlier page.

    The recursive query stops at `limit`, so its cost grows with the page, not with the history.
    """
    start = revision.commit if after is None else commit_of(repository, after).oid
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE walk (oid, parents, data, committed_at) AS (
                SELECT oid, parents, data, committed_at FROM storage_commit WHERE oid = %s
                UNION ALL
                SELECT c.oid, c.parents, c.data, c.committed_at
                FROM storage_commit c JOIN walk w ON c.oid = w.parents[1]
            )
            SELECT oid, parents, data, committed_at FROM walk OFFSET %s LIMIT %s
            """,
            [start, 0 if after is None else 1, limit],
        )
        return [commit_info(Commit(oid=o, parents=p, data=d, committed_at=c)) for o, p, d, c in cursor]


def commit_info(commit: Commit) -> CommitInfo:
    """A stored commit as lists show it."""
    text = parse_commit(bytes(commit.data))
    return CommitInfo(
        commit.oid, text.title, text.description, text.author.name, commit.committed_at, tuple(commit.parents)
    )


def commit_of(repository: Repository, oid: str) -> Commit:
    """A commit of this repository; RevisionNotFound for anybody else's."""
    commit = commit_named(repository, oid)
    if commit is None:
        raise RevisionNotFound(f"Invalid rev id: {oid}")
    return commit


def changed_paths(repository: Repository, commit: Commit) -> list[tuple[str, str]]:
    """("added" | "changed" | "removed", path) against the first parent; walks only folders that differ."""
    parent = commit_by_oid(commit.parents[0]) if commit.parents else None
    changes: list[tuple[str, str]] = []
    level = [("", parent.tree if parent else "", commit.tree)]
    while level:
        trees = load_trees({oid for _, old, new in level for oid in (old, new) if oid})
        deeper = []
        for prefix, old, new in level:
            before = by_name(trees.get(old, b""))
            after = by_name(trees.get(new, b""))
            for name in sorted(before.keys() | after.keys()):
                deeper += _difference(prefix + name, before.get(name), after.get(name), changes)
        level = deeper
    return sorted(changes, key=lambda change: change[1])


def _difference(
    path: str, before: TreeEntry | None, after: TreeEntry | None, changes: list[tuple[str, str]]
) -> list[tuple[str, str, str]]:
    """Note a file's change; return the folders to look into as (prefix, old, new)."""
    if before and after and before.oid == after.oid and before.mode == after.mode:
        return []
    old_file, new_file = (entry if entry and not entry.is_tree else None for entry in (before, after))
    if old_file or new_file:
        changes.append(("changed" if old_file and new_file else "added" if new_file else "removed", path))
    old, new = (entry.oid if entry and entry.is_tree else "" for entry in (before, after))
    return [(f"{path}/", old, new)] if old or new else []
