"""The commits of a pull request, and what they have otherwise: found once, and kept for the next look."""

import hashlib
import json
import zlib
from dataclasses import astuple, dataclass, replace
from typing import Any

from django.core.cache import cache

from contributions.pulls.models import PullRequest
from hub.errors import RevisionNotFound
from hub.revisions.diffs import Change
from hub.revisions.history import CommitInfo, changes_between, history_between
from hub.revisions.merging import conflicts_between
from hub.revisions.selectors import Revision, resolve_revision
from storage.git.objects import TreeEntry

# Of one pull request no more commits are told.
MOST_COMMITS = 1000
# Compressed; what is larger is found anew each time.
LARGEST_KEPT = 1024 * 1024
KEPT_SECONDS = 7 * 24 * 3600
VERSION = 1


@dataclass(frozen=True, slots=True)
class Sides:
    """The commits of a pull request: where it began, its head, and its branch's head if there is one."""

    base: Revision
    head: Revision
    target: Revision | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What the head has otherwise than the base, in how many commits by whom, and what its branch changed.

    Nothing in it changes as long as the commits are the same: they are named by their content.
    """

    changes: list[Change]
    conflicts: tuple[str, ...]
    commits: int
    authors: frozenset[str]


def sides_of(pull: PullRequest) -> Sides:
    """Its commits as they are now."""
    repository = pull.discussion.repository
    try:
        target = resolve_revision(repository, pull.target)
    except RevisionNotFound:
        target = None
    return Sides(
        resolve_revision(repository, pull.base_ref), resolve_revision(repository, pull.head_ref), target
    )


def commits_of(sides: Sides) -> list[CommitInfo]:
    """The commits since it began, the oldest first; two queries."""
    return history_between(sides.base.commit, sides.head.commit, limit=MOST_COMMITS)[::-1]


def changes_of(sides: Sides) -> list[Change]:
    """The files that its head has otherwise than where it began, whatever its branch is."""
    return compared(replace(sides, target=None)).changes


def compared(sides: Sides) -> Compared:
    """What the sides have otherwise; one query for what was found before, else some a level of depth."""
    key = _key(sides)
    kept = cache.get(key)
    if kept is not None:
        return _read(kept)
    commits = commits_of(sides)
    found = Compared(
        changes_between(sides.base.tree, sides.head.tree),
        conflicts_between(sides.base, sides.target, sides.head) if sides.target else (),
        len(commits),
        frozenset(commit.username for commit in commits),
    )
    written = zlib.compress(json.dumps(_plain(found)).encode())
    if len(written) <= LARGEST_KEPT:
        cache.set(key, written, KEPT_SECONDS)
    return found


def _key(sides: Sides) -> str:
    commits = [side.commit if side else "" for side in (sides.base, sides.head, sides.target)]
    return f"pull:{VERSION}:{hashlib.sha256(' '.join(commits).encode()).hexdigest()}"


def _plain(found: Compared) -> list[Any]:
    changes = [astuple(change) for change in found.changes]
    return [changes, found.conflicts, found.commits, sorted(found.authors)]


def _read(kept: bytes) -> Compared:
    changes, conflicts, commits, authors = json.loads(zlib.decompress(kept))
    return Compared(
        [Change(path, _entry(old), _entry(new), before) for path, old, new, before in changes],
        tuple(conflicts),
        commits,
        frozenset(authors),
    )


def _entry(fields: list[str] | None) -> TreeEntry | None:
    return TreeEntry(*fields) if fields else None
