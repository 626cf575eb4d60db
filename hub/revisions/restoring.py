"""Bring back files as they were at an earlier commit, as one new commit."""

from django.utils.translation import gettext

from accounts.models import User
from hub.amounts import size_words
from hub.errors import BlobMissing, EntryNotFound, TooMuch
from hub.repos.models import Repository
from hub.revisions.diffs import Change
from hub.revisions.history import changes_between
from hub.revisions.names import MAIN_REF
from hub.revisions.operations import AddBlob, AddInline, DeleteFile, Operation
from hub.revisions.selectors import Entry, Revision, find_entries, resolve_revision, tree_entries
from hub.revisions.services import land_commit
from storage.selectors import blobs_by_sha256

# What one commit brings back at most: files, and bytes of small ones, which are read again.
MOST_FILES, MOST_BYTES = 5_000, 64 * 1024 * 1024


def to_restore(head: Revision, source: Revision, path: str = "") -> list[Change]:
    """What has to change at a head for a file, a folder or ("") everything to be as it was at `source`.

    EntryNotFound when there was nothing at the path then.
    """
    if path and path not in tree_entries(source.tree, [path]):
        raise EntryNotFound(f"Entry not found: {path}", source.commit)
    return [
        change
        for change in changes_between(head.tree, source.tree)
        if not path or _is_within(change.path, path) or (change.before and _is_within(change.before, path))
    ]


def restore(
    *,
    repo: Repository,
    actor_user: User,
    source: Revision,
    path: str,
    summary: str,
    parent: str,
    ref: str = MAIN_REF,
) -> str:
    """Make a path ("" is everything) on a ref what it was at `source`; returns the commit's id.

    One commit of `land_commit`, whose errors these are: `parent` is the head that was looked at, and no
    longer being it is StaleRef. TooMuch for more than MOST_FILES; the head itself when nothing differs.
    """
    head = resolve_revision(repo, ref)
    changes = to_restore(head, source, path)
    if len(changes) > MOST_FILES:
        raise TooMuch(
            gettext("%(count)d files differ; one commit brings back up to %(most)d.")
            % {"count": len(changes), "most": MOST_FILES},
            "path",
        )
    return land_commit(
        repo=repo,
        actor_user=actor_user,
        operations=_operations(source, changes, path),
        summary=summary,
        ref=ref,
        parent=parent,
    )


def _operations(source: Revision, changes: list[Change], path: str) -> list[Operation]:
    """The removals, then the files of `source`, small ones by their bytes."""
    gone = [change.old_path for change in changes if change.new is None or change.before]
    entries = find_entries(source, [change.path for change in changes if change.new is not None])
    small = [entry for entry in entries.values() if not entry.pointer]
    if sum(entry.size for entry in small) > MOST_BYTES:
        raise TooMuch(gettext("The small files have more than %s together.") % size_words(MOST_BYTES), "path")
    contents = blobs_by_sha256({entry.sha256 for entry in small if entry.sha256})
    removals: list[Operation] = [DeleteFile(name) for name in gone if not path or _is_within(name, path)]
    additions = [
        _put(entry, contents) for name, entry in entries.items() if not path or _is_within(name, path)
    ]
    return removals + additions


def _put(entry: Entry, contents: dict) -> Operation:
    sha256 = entry.sha256 or ""
    if entry.pointer:
        return AddBlob(entry.path, sha256, entry.size)
    blob = contents.get(sha256)
    if blob is None or blob.data is None:
        raise BlobMissing(gettext("%s: its bytes are not there any more.") % entry.path)
    return AddInline(entry.path, bytes(blob.data))


def _is_within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(f"{folder}/")
