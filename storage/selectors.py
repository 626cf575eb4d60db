"""Reads of immutable objects."""

from collections.abc import Collection

from storage.models import Blob, Commit, GitBlob, Tree


def load_trees(oids: Collection[str]) -> dict[str, bytes]:
    """The canonical bytes of trees by object id, in one query."""
    return {oid: bytes(data) for oid, data in Tree.objects.filter(pk__in=oids).values_list("oid", "data")}


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
