"""Reads of immutable objects."""

from collections.abc import Collection, Mapping

from django.conf import settings
from django.db import connection
from django.db.models.functions import Substr

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


def tree_parts(parts: Collection[tuple[str, int]], length: int) -> dict[str, bytes]:
    """Up to `length` bytes of trees, each from its own byte on (object id, start), in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT tree.oid, substring(tree.data FROM part.start + 1 FOR %s)
            FROM unnest(%s::text[], %s::integer[]) AS part (oid, start) JOIN storage_tree AS tree USING (oid)
            """,
            [length, [oid for oid, _ in parts], [start for _, start in parts]],
        )
        return {oid: bytes(data) for oid, data in cursor}


def ancestors(start: str, wanted: Collection[str]) -> set[str]:
    """Which of the commits are `start` or one of its first parents' line.

    One query; its steps for each grow with the logarithm of the history's length.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE walk (wanted, floor, oid, depth, jump, parent) AS (
                SELECT w.oid, w.depth, s.oid, s.depth, s.jump, s.parents[1]
                FROM storage_commit w, storage_commit s
                WHERE w.oid = ANY(%s) AND s.oid = %s AND w.depth <= s.depth
                UNION ALL
                SELECT walk.wanted, walk.floor, n.oid, n.depth, n.jump, n.parents[1]
                FROM walk
                JOIN storage_commit j ON j.oid = walk.jump
                JOIN storage_commit n ON n.oid =
                    CASE WHEN j.depth >= walk.floor THEN j.oid ELSE walk.parent END
                WHERE walk.depth > walk.floor
            )
            SELECT wanted FROM walk WHERE oid = wanted
            """,
            [list(wanted), start],
        )
        return {oid for (oid,) in cursor}


def first_commit(start: str) -> str:
    """The commit without a parent at the end of a commit's line of first parents, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE walk (oid, depth, jump) AS (
                SELECT oid, depth, jump FROM storage_commit WHERE oid = %s
                UNION ALL
                SELECT n.oid, n.depth, n.jump FROM walk JOIN storage_commit n ON n.oid = walk.jump
            )
            SELECT oid FROM walk ORDER BY depth LIMIT 1
            """,
            [start],
        )
        return cursor.fetchone()[0]


def folders(oids: Collection[str]) -> dict[str, Folder]:
    """Trees by object id as their entries by name; one query for those this process does not remember."""
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


def size_of_git_blobs(oids: list[str]) -> int:
    """The bytes of files by object id, each as often as it is named, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(size), 0)
            FROM unnest(%s::text[]) AS named (oid) JOIN storage_gitblob USING (oid)
            """,
            [oids],
        )
        return int(cursor.fetchone()[0])


def commit_by_oid(oid: str) -> Commit | None:
    """A commit, or None."""
    return Commit.objects.filter(pk=oid).first()


def commits_by_oid(oids: Collection[str]) -> dict[str, Commit]:
    """Commits by object id, in one query; those that are missing are left out."""
    return {commit.oid: commit for commit in Commit.objects.filter(pk__in=oids)}


def pointers_to(sha256s: Collection[str]) -> set[str]:
    """The object ids of all Git LFS pointers that name one of the objects."""
    return set(GitBlob.objects.filter(pointer=True, blob__in=sha256s).values_list("oid", flat=True))


def blobs_by_sha256(sha256s: Collection[str]) -> dict[str, Blob]:
    """Verified blobs with their inline bytes, in one query; those that are missing are left out."""
    return {blob.sha256: blob for blob in Blob.objects.filter(pk__in=sha256s)}


def blob_by_sha256(sha256: str) -> Blob | None:
    """A verified blob with its inline bytes, or None."""
    return Blob.objects.filter(pk=sha256).first()


def beginnings(sha256s: Collection[str], length: int) -> dict[str, bytes]:
    """The first bytes of those blobs that are kept in the database, in one query."""
    kept = Blob.objects.filter(pk__in=sha256s, data__isnull=False)
    rows = kept.annotate(beginning=Substr("data", 1, length)).values_list("sha256", "beginning")
    return {sha256: bytes(data) for sha256, data in rows}
