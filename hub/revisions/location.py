"""Where the bytes of one file are: revision, tree, object and possession in one query.

A pull asks this for every file, so the query is written by hand. It follows the path through the trees by
looking for each name's bytes in them; a name can only be taken for another there whose end it is, so what it
finds is believed only once the trees it brought along, which this process then remembers, say the same.
"""

from collections import namedtuple
from dataclasses import dataclass
from typing import NamedTuple

from accounts.statements import ask
from hub.errors import EntryNotFound, RevisionNotFound
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.names import FULL_OID, SHORT_OID, candidates
from hub.revisions.selectors import Entry, Revision, availability_of, tree_entries
from storage.memory import Memory
from storage.models import Blob
from storage.selectors import remember_tree, remembered_folder

# %(tree)s and %(object)s are what this process believes: that the revision's tree is still that one, and
# that the path leads to that object in it. If so, no tree is read; if not, those on the path are returned.
REVISION = """
WITH RECURSIVE
asked AS (
    SELECT commit, name AS ref, CASE name WHEN %(best)s::text THEN 1 ELSE 2 END AS rank
    FROM hub_ref WHERE repository_id = %(repository)s AND name IN (%(best)s::text, %(next)s::text)
    UNION ALL
    SELECT min(commit), NULL, 3 FROM (
        SELECT commit FROM hub_repositorycommit
        WHERE repository_id = %(repository)s
            AND commit >= %(oid)s::text AND commit < %(oid)s::text || 'g' LIMIT 2
    ) AS named HAVING count(*) = 1
),
revision AS (
    SELECT ref, storage_commit.oid AS commit, tree, committed_at
    FROM asked JOIN storage_commit ON storage_commit.oid = asked.commit ORDER BY rank LIMIT 1
),
"""
WALK = """
walk (depth, oid, data) AS (
    SELECT 1, storage_tree.oid, data FROM revision JOIN storage_tree ON storage_tree.oid = tree
    WHERE tree <> %(tree)s
    UNION ALL
    SELECT depth + 1, storage_tree.oid, storage_tree.data
    FROM walk
    CROSS JOIN LATERAL (
        SELECT convert_to('40000 ' || (string_to_array(%(path)s::text, '/'))[depth], 'UTF8') || '\\x00'
            AS sought
    ) AS folder
    JOIN storage_tree ON position(sought IN walk.data) > 0 AND storage_tree.oid
        = encode(substring(walk.data FROM position(sought IN walk.data) + length(sought) FOR 20), 'hex')
),
objects AS (
    SELECT %(object)s::text AS oid FROM revision WHERE tree = %(tree)s
    UNION ALL
    SELECT encode(substring(data FROM position(sought IN data) + length(sought) FOR 20), 'hex')
    FROM walk
    CROSS JOIN unnest(string_to_array(%(path)s::text, '/')) WITH ORDINALITY AS part (name, place)
    CROSS JOIN unnest(ARRAY['100644 ', '100755 ', '120000 ']) AS mode
    CROSS JOIN LATERAL (SELECT convert_to(mode || name, 'UTF8') || '\\x00' AS sought) AS file
    WHERE place = depth AND place = cardinality(string_to_array(%(path)s::text, '/'))
        AND position(sought IN data) > 0
)
"""
NO_WALK = """
objects AS (SELECT %(object)s::text AS oid FROM revision WHERE tree = %(tree)s)
"""
FILE = """
SELECT ref, revision.commit, tree, committed_at,
    EXISTS (
        SELECT FROM hub_withheldrevision AS withheld
        WHERE withheld.repository_id = %(repository)s
            AND (withheld.oid = revision.commit OR withheld.tree = revision.tree)
    ) AS withheld,
    file.oid, file.size, file.sha256, pointer, held.state AS link, upload.key AS unverified_key,
    upload.reconstruction_id AS unverified_chunks,
    blob.sha256 IS NOT NULL AS known, blob.key, blob.reconstruction_id, blob.state, blob.scan_state,
    CASE WHEN NOT pointer OR (blob.key = '' AND blob.reconstruction_id IS NULL)
        THEN substring(blob.data FROM 1 FOR %(bytes)s::integer) END AS data
    {trees}
FROM revision
LEFT JOIN (objects JOIN storage_gitblob AS file ON file.oid = objects.oid) ON TRUE
LEFT JOIN storage_blob AS blob ON blob.sha256 = file.sha256
LEFT JOIN hub_repositoryblob AS held
    ON pointer AND held.repository_id = %(repository)s AND held.sha256 = file.sha256
LEFT JOIN storage_upload AS upload ON held.state = 'checking' AND upload.id = held.upload_id
    AND upload.scope = 'repository:' || held.repository_id
"""
TREES = """,
    ARRAY(SELECT oid FROM walk ORDER BY depth) AS trees,
    ARRAY(SELECT data FROM walk ORDER BY depth) AS contents
"""
QUERY = REVISION + WALK + FILE.format(trees=TREES)
# The same where nothing is walked: no file is found unless the tree is the believed one.
AT_A_GLANCE = REVISION + NO_WALK + FILE.format(trees="")
COLUMNS = (
    "ref commit tree committed_at withheld oid size sha256 pointer link unverified_key unverified_chunks"
    " known key reconstruction state scan_state data"
)
Row = namedtuple("Row", f"{COLUMNS} trees contents", defaults=((), ()))
WHOLE = 2**31 - 1
# The tree that (repository id, revision) had when it was last asked for.
_believed: Memory[tuple[int, str], str] = Memory(20_000)


class Believed(NamedTuple):
    """The tree that a revision had, and the object that a path is in it; "" when there is none."""

    repository_id: int
    tree: str
    oid: str


@dataclass(frozen=True, slots=True)
class Location:
    """A file of a revision with the first of its bytes, when they are inline.

    `unverified_key` is where they lie while they are being checked, for those who may write only; of a file
    that came in chunks, `unverified_chunks` names its reconstruction instead.
    """

    revision: Revision
    entry: Entry
    data: bytes
    unverified_key: str
    unverified_chunks: str


def locate(repository: Repository, revision: str, path: str, *, limit: int = WHOLE) -> Location:
    """The file at a path of a revision, with at most `limit` of its bytes if they are inline.

    One query; a second only when another name beside one on the path ends in that one's mode and name.
    Raises RevisionNotFound and EntryNotFound.
    """
    there = believed(repository.pk, revision, path) or Believed(repository.pk, "", "")
    while True:
        rows = [Row(*row) for row in ask(QUERY, bound(there, revision, path, limit=limit))]
        if not rows:
            raise RevisionNotFound(f"Invalid rev id: {revision}")
        found = rows[0]
        if found.tree != there.tree:
            there = _learned(repository, revision, path, found)
        row = next((row for row in rows if row.oid == there.oid), None)
        if row is not None or not there.oid:
            return location_of(repository, there, path, row or found)


def _learned(repository: Repository, revision: str, path: str, found: Row) -> Believed:
    """What a row that brought trees along says of the path; this process remembers it."""
    for at, data in zip(found.trees, found.contents, strict=True):
        remember_tree(at, data)
    _believed.put((repository.pk, revision), found.tree)
    entry = tree_entries(found.tree, [path]).get(path)
    return Believed(repository.pk, found.tree, "" if entry is None or entry.is_tree else entry.oid)


def believed(repository_id: int, revision: str, path: str) -> Believed | None:
    """What this process remembers of a path; None when it does not remember enough."""
    tree = _believed.get((repository_id, revision))
    oid = _remembered(tree, path) if tree else None
    return None if tree is None or oid is None else Believed(repository_id, tree, oid)


def _remembered(tree: str, path: str) -> str | None:
    """The object id of the file at a path; "" when there is none, None when the trees are not remembered."""
    *folders, name = path.split("/")
    for folder in folders:
        entry = (remembered_folder(tree) or {}).get(folder)
        if entry is None or not entry.is_tree:
            return None
        tree = entry.oid
    known = remembered_folder(tree)
    if known is None:
        return None
    entry = known.get(name)
    return "" if entry is None or entry.is_tree else entry.oid


def bound(there: Believed, revision: str, path: str, *, limit: int) -> dict[str, str | int | None]:
    """The values of the queries here."""
    refs = candidates(revision)
    return {
        "repository": there.repository_id,
        "best": refs[0],
        "next": refs[-1],
        "oid": revision if FULL_OID.fullmatch(revision) or SHORT_OID.fullmatch(revision) else None,
        "path": path,
        "tree": there.tree,
        "object": there.oid,
        "bytes": limit,
    }


def location_of(repository: Repository, there: Believed, path: str, row: Row) -> Location:
    """What a row says of the file at a path, believed to be there as it is; EntryNotFound if none is."""
    if not there.oid:
        raise EntryNotFound(f"Entry not found: {path}", row.commit)
    blob = None
    if row.known:
        told = {"state": row.state, "scan_state": row.scan_state, "key": row.key}
        blob = Blob(sha256=row.sha256, size=row.size, reconstruction_id=row.reconstruction, **told)
    link = (row.link or RepositoryBlob.State.REFUSED) if row.pointer else RepositoryBlob.State.PRESENT
    available = availability_of(blob, link, row.withheld)
    entry = Entry(path, "file", row.oid, row.size, row.sha256, row.pointer, blob, available)
    revision = Revision(repository, row.ref, row.commit, row.tree, row.committed_at, row.withheld)
    return Location(
        revision, entry, bytes(row.data or b""), row.unverified_key or "", row.unverified_chunks or ""
    )
