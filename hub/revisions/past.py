"""The history of one path: the commits that changed it, found with few queries however long it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.repos.models import Repository
from hub.revisions.changes import last_commits
from hub.revisions.history import CommitInfo, commit_info, commit_of, line_of
from hub.revisions.selectors import Entry, Revision, by_name
from storage.git.objects import TreeEntry
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
    entry = _at([start.tree], path)[start.tree]
    if entry is not None:
        kind = "directory" if entry.is_tree else "file"
        start = last_commits(repository, start.oid, [Entry(path, kind, entry.oid)])[path]
    line = line_of(start.oid, limit=_window(start, path) + 1)
    found = _at({commit.tree for commit in line}, path)
    ends = not line[-1].parents
    changed = [
        commit
        for commit, parent in zip(line, [*line[1:], None], strict=True)
        if found[commit.tree] != (found[parent.tree] if parent else None) and (parent or ends)
    ]
    return PathHistory([commit_info(commit) for commit in changed], "" if ends else line[-2].oid)


def _start(repository: Repository, revision: Revision, after: str | None) -> Commit | None:
    if after is None:
        return commit_by_oid(revision.commit)
    parents = commit_of(repository, after).parents
    return commit_by_oid(parents[0]) if parents else None


def _window(start: Commit, path: str) -> int:
    """How many commits to look at: fewer where folders are large."""
    sizes = [len(data) for data in load_trees([start.tree]).values()]
    return max(1, min(WINDOW, BYTES // max(1, sum(sizes) * (1 + path.count("/")))))


def _at(roots: Iterable[str], path: str) -> dict[str, TreeEntry | None]:
    """What each tree has at a path; a query for each level of depth."""
    roots = set(roots)
    *folders, name = path.split("/")
    level: dict[str, str] = {root: root for root in roots}
    for folder in folders:
        known = {oid: by_name(data).get(folder) for oid, data in load_trees(set(level.values())).items()}
        level = {
            root: entry.oid
            for root, oid in level.items()
            if (entry := known.get(oid)) is not None and entry.is_tree
        }
    known = {oid: by_name(data).get(name) for oid, data in load_trees(set(level.values())).items()}
    return dict.fromkeys(roots) | {root: known.get(oid) for root, oid in level.items()}
