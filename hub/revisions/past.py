"""The history of one path: the commits that changed it, found with few queries however long it is."""

from dataclasses import dataclass

from hub.repos.models import Repository
from hub.revisions.changes import last_commits
from hub.revisions.history import CommitInfo, commit_info, commit_of, line_of
from hub.revisions.selectors import Entry, Revision
from storage.git.objects import TreeEntry, find_in_tree
from storage.models import Commit
from storage.selectors import commit_by_oid, load_trees

# How many commits are looked at for a page: as many as have about so many bytes of folders to read.
WINDOW, BYTES = 200, 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class PathHistory:
    """Commits that changed a path, newest first, and the commit below which there may be more, or ""."""

    commits: list[CommitInfo]
    below: str


def path_history(
    repository: Repository, revision: Revision, path: str, *, after: str | None = None
) -> PathHistory:
    """A page of the commits along first parents that changed a file or folder.

    `after` continues below a commit of an earlier page. The newest change is found by the index of changes,
    and those of some commits before it by their trees: a few queries and one for each level of depth.
    """
    start = _start(repository, revision, after)
    if start is None:
        return PathHistory([], "")
    (entry,), read = _at([start.tree], path)
    if entry is not None:
        kind = "directory" if entry.is_tree else "file"
        start = last_commits(repository, start.oid, [Entry(path, kind, entry.oid)])[path]
    line = line_of(start.oid, limit=max(1, min(WINDOW, BYTES // max(1, read))) + 1)
    entries, _ = _at([commit.tree for commit in line], path)
    ends = not line[-1].parents
    # What the last one changed is known only of the first commit of all: before that there was nothing.
    known = len(line) if ends else len(line) - 1
    before = [*entries[1:], None]
    changed = [commit for at, commit in enumerate(line[:known]) if entries[at] != before[at]]
    return PathHistory([commit_info(commit) for commit in changed], "" if ends else line[-2].oid)


def _start(repository: Repository, revision: Revision, after: str | None) -> Commit | None:
    if after is None:
        return commit_by_oid(revision.commit)
    parents = commit_of(repository, after).parents
    return commit_by_oid(parents[0]) if parents else None


def _at(roots: list[str], path: str) -> tuple[list[TreeEntry | None], int]:
    """What each tree has at a path, and the bytes that were read; a query for each level of depth."""
    *folders, name = path.split("/")
    level: list[str | None] = list(roots)
    read = 0
    for folder in folders:
        entries, length = _in_each(level, folder)
        level = [entry.oid if entry and entry.is_tree else None for entry in entries]
        read += length
    entries, length = _in_each(level, name)
    return entries, read + length


def _in_each(trees: list[str | None], name: str) -> tuple[list[TreeEntry | None], int]:
    loaded = load_trees({oid for oid in trees if oid})
    known = {oid: find_in_tree(data, name) for oid, data in loaded.items()}
    return [known.get(oid or "") for oid in trees], sum(map(len, loaded.values()))
