"""Which commit gave a path its content: noted when a commit lands, so that asking costs no walk.

The answer is the one that `git log -1 -- path` gives: going down the first parents, the newest commit in
which the path's content differs from that of every parent; a merge that took it over leads on to where it
came from.
"""

import hashlib
from collections.abc import Iterable, Mapping

from django.db import connection

from hub.repos.models import Repository
from hub.revisions.models import PathChange
from hub.revisions.selectors import Entry, by_name, tree_entries
from storage.git.objects import TreeEntry
from storage.models import Commit
from storage.selectors import ancestors, commits_by_oid, first_commit, load_trees

# How many changes that gave a path the same content are looked at together; hardly ever is there a second.
CANDIDATES = 4
BATCH = 5000
# Folders of a difference that are read at once.
FOLDERS = 200


def key_of(path: str, oid: str) -> bytes:
    """What a path with a content is found by."""
    return hashlib.sha1(f"{oid} {path}".encode("utf-8", "surrogateescape"), usedforsecurity=False).digest()


def note_changes(repository: Repository, commits: Iterable[Commit]) -> None:
    """Keep what each commit changed; the work grows with the folders that differ."""
    rows: list[tuple[bytes, int, str, str]] = []
    for commit in commits:
        if commit.parents:
            rows += _changes_of(commit)
    for start in range(0, len(rows), BATCH):
        keys, depths, oids, vias = zip(*rows[start : start + BATCH], strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                """
                INSERT INTO hub_pathchange (repository_id, key, depth, commit, via)
                SELECT %s, * FROM unnest(%s::bytea[], %s::integer[], %s::text[], %s::text[])
                ON CONFLICT DO NOTHING
                """,
                [repository.pk, list(keys), list(depths), list(oids), list(vias)],
            )


def _changes_of(commit: Commit) -> list[tuple[bytes, int, str, str]]:
    parents = commits_by_oid(commit.parents)
    first, *others = (parents[oid] for oid in commit.parents)
    changed = changed_entries(first.tree, commit.tree)
    via: dict[str, str] = {}
    for other in others:
        paths = sorted(changed.keys() - via.keys())
        for start in range(0, len(paths), FOLDERS):
            same = tree_entries(other.tree, paths[start : start + FOLDERS])
            via |= {path: other.oid for path, entry in same.items() if entry == changed[path]}
    return [
        (key_of(path, entry.oid), commit.depth, commit.oid, via.get(path, ""))
        for path, entry in changed.items()
    ]


def changed_entries(old: str, new: str) -> dict[str, TreeEntry]:
    """The files and folders of a tree that another lacks or has differently.

    A query for each FOLDERS of them that differ, on each level of depth.
    """
    changed: dict[str, TreeEntry] = {}
    level = [("", old, new)] if old != new else []
    while level:
        deeper = []
        for some in (level[start : start + FOLDERS] for start in range(0, len(level), FOLDERS)):
            trees = load_trees({oid for _, *pair in some for oid in pair if oid})
            for prefix, before_oid, after_oid in some:
                before = by_name(trees.get(before_oid, b""))
                for name, entry in by_name(trees[after_oid]).items():
                    was = before.get(name)
                    if was == entry:
                        continue
                    changed[prefix + name] = entry
                    if entry.is_tree:
                        deeper.append((f"{prefix}{name}/", was.oid if was and was.is_tree else "", entry.oid))
        level = deeper
    return changed


def last_commits(repository: Repository, commit: str, entries: Iterable[Entry]) -> dict[str, Commit]:
    """For each entry of a commit, the commit that last changed it, by path.

    A few queries however many entries and commits there are: only a content that a path was given more than
    CANDIDATES times asks for more.
    """
    pending = {commit: {entry.path: key_of(entry.path, entry.oid) for entry in entries}}
    found: dict[str, str] = {}
    while pending:
        start, keys = pending.popitem()
        for path, (oid, via) in _changed_below(repository, start, keys).items():
            if via:
                pending.setdefault(via, {})[path] = keys[path]
            else:
                found[path] = oid
    commits = commits_by_oid(set(found.values()))
    return {path: commits[oid] for path, oid in found.items()}


def _changed_below(
    repository: Repository, start: str, keys: Mapping[str, bytes]
) -> dict[str, tuple[str, str]]:
    """For each path the newest change among the first parents of `start`: (commit, the parent it came by)."""
    found: dict[str, tuple[str, str]] = {}
    paths: dict[bytes, str] = {key: path for path, key in keys.items()}
    below = dict.fromkeys(paths, 2**31 - 1)
    most = CANDIDATES
    while below:
        rows = _candidates(repository, below, most)
        real = ancestors(start, {oid for rows_of in rows.values() for _, oid, _ in rows_of})
        deeper = {}
        for key, candidates in rows.items():
            own = next((row for row in candidates if row[1] in real), None)
            if own:
                found[paths[key]] = own[1:]
            elif len(candidates) == most:
                # Equally deep ones of other branches come once more, and the longer list goes past them.
                deeper[key] = candidates[-1][0] + 1
        below, most = deeper, most * 4
    rest = keys.keys() - found.keys()
    if rest:
        root = first_commit(start)
        found |= dict.fromkeys(rest, (root, ""))
    return found


def _candidates(
    repository: Repository, below: Mapping[bytes, int], most: int
) -> dict[bytes, list[tuple[int, str, str]]]:
    """For each key up to `most` changes (depth, commit, via) less deep than asked, the deepest first."""
    rows: dict[bytes, list[tuple[int, str, str]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT asked.key, change.depth, change.commit, change.via
            FROM unnest(%s::bytea[], %s::integer[]) AS asked (key, below)
            CROSS JOIN LATERAL (
                SELECT depth, commit, via FROM hub_pathchange
                WHERE repository_id = %s AND key = asked.key AND depth < asked.below
                ORDER BY depth DESC LIMIT %s
            ) AS change
            """,
            [list(below.keys()), list(below.values()), repository.pk, most],
        )
        for key, *row in cursor:
            rows.setdefault(bytes(key), []).append(tuple(row))
    return rows


def forget_changes(repository: Repository, commits: Iterable[str]) -> None:
    """Drop what was noted of commits that are the repository's no longer."""
    PathChange.objects.filter(repository=repository, commit__in=list(commits)).delete()
