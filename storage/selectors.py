"""Reads of immutable objects."""

from collections.abc import Collection, Mapping

from django.conf import settings

from storage.git.objects import TreeEntry, parse_tree
from storage.memory import Memory
from storage.models import Blob, Commit, GitBlob, Tree

Folder = Mapping[str, TreeEntry]
# About what an entry takes in memory as parsed, for each byte of it in a tree.
PARSED_WEIGHT = 8
_folders: Memory[str, Folder] = Memory(settings.TREE_MEMORY)


def load_trees(oids: Collection[str]) -> dict[str, bytes]:
    """The canonical bytes of trees by object id, in one query."""
    return {oid: bytes(data) for oid, data in Tree.objects.filter(pk__in=oids).values_list("oid", "data")}


def folders(oids: Collection[str]) -> dict[str, Folder]:
    """Trees by object id as their entries by name; one query for those that this process does not remember."""
    known = {oid: folder for oid in oids if (folder := _folders.get(oid)) is not None}
    lacking = [oid for oid in oids if oid not in known]
    if lacking:
        known |= {oid: remember_tree(oid, data) for oid, data in load_trees(lacking).items()}
    return known


def remembered_folder(oid: str) -> Folder | None:
    """A tree's entries by name if this process remembers them; no query."""
    return _folders.get(oid)


def remember_tree(oid: str, data: bytes) -> Folder:
    """Parse a tree's canonical bytes, and remember it: a tree never changes."""
    folder = {entry.name: entry for entry in parse_tree(data)}
    _folders.put(oid, folder, len(data) * PARSED_WEIGHT)
    return folder


def git_blobs(oids: Collection[str]) -> dict[str, GitBlob]:
    """Git blobs with their blob (None while its bytes are unverified), without inline bytes."""
    rows = GitBlob.objects.filter(pk__in=oids).select_related("blob").defer("blob__data")
    return {row.oid: row for row in rows}


def commit_by_oid(oid: str) -> Commit | None:
    """A commit, or None."""
    return Commit.objects.filter(pk=oid).first()


def blob_by_sha256(sha256: str) -> Blob | None:
    """A verified blob with its inline bytes, or None."""
    return Blob.objects.filter(pk=sha256).first()
