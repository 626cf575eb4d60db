"""Commits and what they changed: reads of a repository's history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from django.db import connection

from hub.errors import RevisionNotFound
from hub.repos.models import Repository
from hub.revisions.diffs import Change, with_renames
from hub.revisions.names import NOREPLY
from hub.revisions.selectors import Revision, by_name, commit_named
from storage.git.objects import TreeEntry, parse_commit
from storage.models import Commit
from storage.selectors import ancestors, commit_by_oid, commits_by_oid, load_trees, tree_parts

# For lists: in bytes the folders that are looked into, and how many of one commit on a level.
LARGEST, MOST_FOLDERS = 32 * 1024, 100
# Of a whole difference, folders that are read at once.
BATCH = 200


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit as lists show it; `username` is its author's here, "" for somebody from elsewhere."""

    oid: str
    title: str
    description: str
    author: str
    date: datetime
    parents: tuple[str, ...]
    username: str


def history(
    repository: Repository, revision: Revision, *, limit: int = 50, after: str | None = None
) -> list[CommitInfo]:
    """Commits along first parents, newest first; `after` continues below a commit of an earlier page.

    The recursive query stops at `limit`, so its cost grows with the page, not with the history.
    """
    start = revision.commit if after is None else commit_of(repository, after).oid
    return [commit_info(commit) for commit in line_of(start, skip=0 if after is None else 1, limit=limit)]


def line_of(start: str, *, skip: int = 0, limit: int) -> list[Commit]:
    """Up to `limit` commits from one on along first parents, the first `skip` left out, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE walk (oid, tree, parents, data, committed_at) AS (
                SELECT oid, tree, parents, data, committed_at FROM storage_commit WHERE oid = %s
                UNION ALL
                SELECT c.oid, c.tree, c.parents, c.data, c.committed_at
                FROM storage_commit c JOIN walk w ON c.oid = w.parents[1]
            )
            SELECT oid, tree, parents, data, committed_at FROM walk OFFSET %s LIMIT %s
            """,
            [start, skip, limit],
        )
        return [
            Commit(oid=oid, tree=tree, parents=parents, data=data, committed_at=at)
            for oid, tree, parents, data, at in cursor
        ]


def history_between(old: str, new: str, *, limit: int) -> list[CommitInfo]:
    """Up to `limit` commits along first parents from `new` down to where the line of `old` begins.

    None when `new` is itself on that line: then nothing came since. Two queries.
    """
    line = line_of(new, limit=limit)
    shared = ancestors(old, [commit.oid for commit in line])
    return [commit_info(commit) for commit in takewhile(lambda commit: commit.oid not in shared, line)]


def commit_info(commit: Commit) -> CommitInfo:
    """A stored commit as lists show it."""
    text = parse_commit(bytes(commit.data))
    name, email = text.author.name, text.author.email
    return CommitInfo(
        commit.oid,
        text.title,
        text.description,
        name,
        commit.committed_at,
        tuple(commit.parents),
        email.removesuffix(NOREPLY) if email.endswith(NOREPLY) else "",
    )


def commit_of(repository: Repository, oid: str) -> Commit:
    """A commit of this repository; RevisionNotFound for anybody else's."""
    commit = commit_named(repository, oid)
    if commit is None:
        raise RevisionNotFound(f"Invalid rev id: {oid}")
    return commit


def changes_of(commit: Commit) -> list[Change]:
    """What a commit changed against its first parent, renames as such; walks only folders that differ."""
    parent = commit_by_oid(commit.parents[0]) if commit.parents else None
    return changes_between(parent.tree if parent else "", commit.tree)


def changes_between(old: str, new: str) -> list[Change]:
    """What one tree has otherwise than another ("" is an empty one), by path; renames as such.

    A query for each BATCH of folders that differ, on each level of depth.
    """
    changes: list[Change] = []
    level = [("", old, new)] if old != new else []
    while level:
        deeper = []
        for some in (level[start : start + BATCH] for start in range(0, len(level), BATCH)):
            trees = load_trees({oid for _, *pair in some for oid in pair if oid})
            for prefix, before_oid, after_oid in some:
                before = by_name(trees.get(before_oid, b""))
                after = by_name(trees.get(after_oid, b""))
                for name in before.keys() | after.keys():
                    deeper += _difference(prefix + name, before.get(name), after.get(name), changes)
        level = deeper
    return with_renames(changes)


def count_changes(commits: Iterable[CommitInfo]) -> dict[str, int]:
    """How many files each commit changed against its first parent, by its id; all of them at once.

    A query for each level of depth. Commits with large or many folders to look into are left out.
    """
    firsts = {commit.oid: commit.parents[0] if commit.parents else "" for commit in commits}
    known = commits_by_oid({oid for pair in firsts.items() for oid in pair if oid})
    found: dict[str, list[Change]] = {oid: [] for oid in firsts}
    level = [(oid, "", known[first].tree if first else "", known[oid].tree) for oid, first in firsts.items()]
    while level:
        trees = tree_parts({(oid, 0) for *_, old, new in level for oid in (old, new) if oid}, LARGEST + 1)
        deeper: dict[str, list[tuple[str, str, str, str]]] = {}
        for commit, prefix, *pair in level:
            before, after = (trees.get(oid, b"") for oid in pair)
            if commit not in found or max(len(before), len(after)) > LARGEST:
                found.pop(commit, None)
                continue
            old, new = by_name(before), by_name(after)
            for name in old.keys() | new.keys():
                below = _difference(prefix + name, old.get(name), new.get(name), found[commit])
                deeper.setdefault(commit, []).extend((commit, *part) for part in below)
        for commit in [commit for commit, parts in deeper.items() if len(parts) > MOST_FOLDERS]:
            found.pop(commit, None)
        level = [part for commit, parts in deeper.items() if commit in found for part in parts]
    return {oid: len(with_renames(changes)) for oid, changes in found.items()}


def _difference(
    path: str, before: TreeEntry | None, after: TreeEntry | None, changes: list[Change]
) -> list[tuple[str, str, str]]:
    """Note a file's change; return the folders to look into as (prefix, old, new)."""
    if before == after:
        return []
    old_file, new_file = (entry if entry and not entry.is_tree else None for entry in (before, after))
    if old_file or new_file:
        changes.append(Change(path, old_file, new_file))
    old, new = (entry.oid if entry and entry.is_tree else "" for entry in (before, after))
    return [(f"{path}/", old, new)] if old or new else []
