"""Writes of immutable objects, and of what about a blob changes: what scans say, whether it is withheld."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

import psycopg
from django.db import connection, transaction

from storage.contents import Content, batches
from storage.git.objects import Signature, commit_bytes, object_id, pointer_bytes
from storage.models import Blob, Commit, GitBlob, Tree

BATCH = 500
# How many bytes of contents are in memory at once; a statement holds them a few times over.
BATCH_BYTES = 2 * 1024 * 1024
INSERT_BYTES = """
    INSERT INTO storage_blob (sha256, size, data, key, state, created_at)
    SELECT new.sha256, new.size, new.data, '', %s, now()
    FROM unnest(%b::text[], %b::int8[], %b::bytea[]) AS new (sha256, size, data)
    ON CONFLICT (sha256) DO UPDATE SET data = EXCLUDED.data, condemned_at = NULL
    WHERE storage_blob.data IS NULL
"""
SCANNED = """
    UPDATE storage_blob SET scan_state = new.state
    FROM unnest(%s::text[], %s::text[]) AS new (sha256, state)
    WHERE storage_blob.sha256 = new.sha256 AND scan_state <> new.state
"""
HELD = "SELECT sha256, condemned_at FROM storage_blob WHERE sha256 = ANY(%s) ORDER BY sha256 FOR KEY SHARE"


def store_inline(contents: Iterable[Content]) -> None:
    """Keep small contents in the database, reading some MiB at a time. Writing one twice is harmless."""
    rows = {content.sha256: content for content in contents}
    ordered = [rows[sha256] for sha256 in sorted(rows)]
    for batch in batches(ordered, rows=BATCH, size=BATCH_BYTES):
        _store_bytes(batch)
    blobs = [GitBlob(oid=one.oid, blob_id=one.sha256, size=one.size, pointer=False) for one in ordered]
    GitBlob.objects.bulk_create(_by_key(blobs), batch_size=BATCH, ignore_conflicts=True)


def store_pointers(objects: Mapping[str, int]) -> dict[str, str]:
    """Keep the git blobs of Git LFS pointers (sha256 → size); returns sha256 → object id."""
    rows = {
        sha256: GitBlob(
            oid=object_id("blob", pointer_bytes(sha256, size)), blob_id=sha256, size=size, pointer=True
        )
        for sha256, size in objects.items()
    }
    GitBlob.objects.bulk_create(_by_key(rows.values()), batch_size=BATCH, ignore_conflicts=True)
    return {sha256: row.oid for sha256, row in rows.items()}


def store_trees(trees: Mapping[str, bytes]) -> None:
    """Keep trees (object id → canonical bytes)."""
    rows = [Tree(oid=oid, data=trees[oid]) for oid in sorted(trees)]
    Tree.objects.bulk_create(rows, batch_size=BATCH, ignore_conflicts=True)


def store_commit(*, tree: str, parents: list[str], author: Signature, message: str, at: datetime) -> Commit:
    """Keep a commit; `at` is the moment it counts from."""
    data = commit_bytes(tree=tree, parents=parents, author=author, message=message)
    return keep_commits(
        [Commit(oid=object_id("commit", data), tree=tree, parents=parents, committed_at=at, data=data)]
    )[0]


def keep_commits(commits: list[Commit]) -> list[Commit]:
    """Keep commits, each after its parents, with the jumps that make their ancestors quick to find."""
    known: dict[str, Commit] = {commit.oid: commit for commit in commits}
    for commit in commits:
        if not commit.parents:
            commit.depth, commit.jump = 0, ""
            continue
        parent = _known(known, commit.parents[0])
        commit.depth, commit.jump = parent.depth + 1, parent.oid
        if parent.jump:
            jump = _known(known, parent.jump)
            if jump.jump and parent.depth - jump.depth == jump.depth - _known(known, jump.jump).depth:
                commit.jump = jump.jump
    Commit.objects.bulk_create(commits, batch_size=BATCH, ignore_conflicts=True)
    return commits


def _known(known: dict[str, Commit], oid: str) -> Commit:
    if oid not in known:
        known[oid] = Commit.objects.only("oid", "depth", "jump").get(pk=oid)
    return known[oid]


@transaction.atomic
def keep_object(*, sha256: str, size: int, key: str = "", reconstruction: str | None = None) -> Blob:
    """Make verified bytes a blob: whole in S3 under `key`, or in chunks by the hash of a reconstruction.

    A blob may have both. A place of the same sort that it has already stays, and the caller drops `key`. One
    statement makes the row or locks it, so two uploads of the same bytes agree; one that was about to go is
    taken back, and one that is being deleted is made anew.
    """
    new = Blob(sha256=sha256, size=size, key=key, reconstruction_id=reconstruction)
    Blob.objects.bulk_create(
        [new], update_conflicts=True, unique_fields=["sha256"], update_fields=["condemned_at"]
    )
    blob = Blob.objects.get(pk=sha256)
    blob.key = blob.key or key
    blob.reconstruction_id = blob.reconstruction_id or reconstruction
    blob.save(update_fields=["key", "reconstruction"])
    return blob


def hold_blobs(sha256s: Collection[str]) -> set[str]:
    """Keep blobs from the garbage collection until the transaction ends; returns those that there are.

    Who refers to a blob that was not just made holds it first, and refers to it in the same transaction. A
    lock of its key lets everybody else read, link and hold it; one that was about to go is taken back.
    """
    with connection.cursor() as cursor:
        cursor.execute(HELD, [sorted(sha256s)])
        found = dict(cursor.fetchall())
    condemned = Blob.objects.filter(pk__in=[sha256 for sha256, since in found.items() if since])
    if list(condemned.order_by("pk").select_for_update(no_key=True).values_list("pk")):
        condemned.update(condemned_at=None)
    return set(found)


def quarantine(*, sha256: str) -> bool:
    """Withhold a blob everywhere, whatever its name; False when it already was."""
    return bool(quarantine_each([sha256]))


@transaction.atomic
def quarantine_each(sha256s: Collection[str]) -> set[str]:
    """Withhold blobs everywhere, whatever their names; returns those that were not withheld before."""
    served = Blob.objects.filter(pk__in=sha256s).exclude(state=Blob.State.QUARANTINED).order_by("pk")
    found = set(served.select_for_update(no_key=True).values_list("pk", flat=True))
    Blob.objects.filter(pk__in=found).update(state=Blob.State.QUARANTINED)
    return found


def lock_blobs(sha256s: Collection[str]) -> None:
    """Let nobody else change what is said of blobs until the transaction ends; what comes late waits."""
    rows = Blob.objects.filter(pk__in=sha256s).order_by("pk").select_for_update(no_key=True)
    list(rows.values_list("pk"))


def keep_scan_states(states: Mapping[str, str]) -> None:
    """Keep what the scanners say of blobs (sha256 → Blob.ScanState), which are locked, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(SCANNED, [list(states.keys()), [str(state) for state in states.values()]])


def release(*, sha256: str) -> bool:
    """Serve a blob again; False when it already was served."""
    withheld = Blob.objects.filter(pk=sha256, state=Blob.State.QUARANTINED)
    return withheld.update(state=Blob.State.VERIFIED) == 1


def _by_key(rows: Iterable) -> list:
    """Rows in the order of their keys, so that two transactions that insert the same ones cannot deadlock."""
    return sorted(rows, key=lambda row: row.pk)


def _store_bytes(contents: list[Content]) -> None:
    """Insert what is not there yet; blobs that were known only from S3 get their inline bytes as well.

    PostgreSQL binds the values, in binary: Django's own cursors would write them into the text of the
    statement, twice as long.
    """
    keys = [content.sha256 for content in contents]
    there = set(Blob.objects.filter(pk__in=keys, data__isnull=False).values_list("pk", flat=True))
    new = [content for content in contents if content.sha256 not in there]
    if not new:
        return
    columns = [[one.sha256 for one in new], [one.size for one in new], [one.read() for one in new]]
    connection.ensure_connection()
    wrapped = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrapped(psycopg.Cursor(connection.connection)) as cursor:
        cursor.execute(INSERT_BYTES, [Blob.State.VERIFIED.value, *columns])
