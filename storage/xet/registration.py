"""Register files that are put together from verified chunks, once everything said about them is proved.

It is arithmetic over the hashes and lengths of chunks: no byte of a file is read. Memory and queries grow
with what a shard says, not with the bytes it says it of.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from struct import unpack_from

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from storage.models import Blob, Chunk, Upload, Xorb
from storage.verification import counts_since
from storage.xet.hashing import HASH_BYTES, file_hash, range_hash, to_text
from storage.xet.shards import FileBlock, ShardInvalid, TermBlock

BATCH = 1000
# Terms that are looked up together: so many, and with so many chunks (40 bytes each) between them.
TERMS, CHUNKS = 4000, 128 * 1024
# A file of more terms than FEW has at least so many bytes for each: no client cuts smaller chunks, and each
# is a request to the store when it is read.
FEW, LEAST_TERM = 1000, 8 * 1024
# A xorb that was taken into use so recently is not written again.
FRESH = timedelta(hours=1)
# A client asks about the first chunk of a file, and about those whose hash's last word this divides.
ASKED_ABOUT = 1024
SLICES = """
SELECT asked.hash, asked.first, asked.last, xorb.id, xorb.chunks,
    substring(xorb.hashes FROM asked.first * 32 + 1 FOR (asked.last - asked.first) * 32),
    substring(xorb.ends FROM greatest(asked.first - 1, 0) * 8 + 1 FOR (asked.last - asked.first + 1) * 8)
FROM unnest(%s::text[], %s::int[], %s::int[]) AS asked (hash, first, last)
JOIN storage_xorb AS xorb ON xorb.hash = asked.hash
"""
FILES = """
INSERT INTO storage_reconstruction (hash, size, created_at)
SELECT hash, size, now() FROM unnest(%s::text[], %s::bigint[]) AS file (hash, size)
ON CONFLICT (hash) DO NOTHING RETURNING hash
"""
HELD_FILES = "SELECT hash FROM storage_reconstruction WHERE hash = ANY(%s) ORDER BY hash FOR KEY SHARE"
COPY_TERMS = "COPY storage_term (reconstruction_id, start, length, xorb_id, first, last) FROM STDIN"


class Unproved(ShardInvalid):
    """Terms name chunks that nobody brought, or without the range hash that proves to have had them.

    `xorbs` are those that they name. Whether these are there is no part of it: only who has had the bytes may
    know.
    """

    def __init__(self, xorbs: set[str]) -> None:
        super().__init__("Terms name chunks of xorbs without proof.")
        self.xorbs = xorbs


@dataclass(slots=True)
class _Slice:
    """The chunks of a term as they were verified: the xorb's row, their hashes, and their unpacked bytes."""

    xorb: int
    hashes: bytes
    lengths: list[int]
    range_hash: str

    def nodes(self) -> Iterator[tuple[bytes, int]]:
        each = (self.hashes[at : at + HASH_BYTES] for at in range(0, len(self.hashes), HASH_BYTES))
        return zip(each, self.lengths, strict=True)


@dataclass
class Proved:
    """Files of which everything that was said turned out to be true, and what they use."""

    files: list[FileBlock]
    # The id of every xorb by hash.
    xorbs: dict[str, int] = field(default_factory=dict)
    # Chunks that clients ask about: hash, xorb, place in it.
    chunks: set[tuple[bytes, int, int]] = field(default_factory=set)
    # Xorbs whose chunks a term has no proof for, and what is not true first of all else.
    unproved: set[str] = field(default_factory=set)
    lie: str = ""


def prove_files(files: Iterable[FileBlock]) -> Proved:
    """Compare all that is said of files with the chunks of verified xorbs; ShardInvalid for a lie.

    Whatever a term names must be in the table of xorbs. Who brought a xorb does not matter: to know the
    hashes of its chunks, which the range hashes prove, is to have had its bytes. Unproved comes before any
    other lie, whatever their order, so that none tells whether a xorb is there.
    """
    # By hash, so that two shards that have the same files wait for each other in the same order.
    proved = Proved(sorted(files, key=lambda file: file.hash))
    _check_sizes(proved.files)
    found = _slices(term for file in proved.files for term in file.terms)
    for file in proved.files:
        if to_text(file_hash(_nodes(file, found, proved))) != file.hash:
            proved.lie = proved.lie or f"The chunks of file {file.hash} are not those that its hash names."
    if proved.unproved:
        raise Unproved(proved.unproved)
    if proved.lie:
        raise ShardInvalid(proved.lie)
    return proved


@transaction.atomic
def register_files(*, scope: str, proved: Proved, user: AbstractBaseUser | None) -> list[Upload]:
    """Make every file an upload into the scope, and return the new ones.

    ShardInvalid, and nothing is written, when a xorb has been collected since it was looked at.
    """
    _write_files(proved)
    _take_into_use(proved)
    batches = (proved.files[at : at + BATCH] for at in range(0, len(proved.files), BATCH))
    return [upload for batch in batches for upload in _write_uploads(scope, batch, user)]


def _check_sizes(files: list[FileBlock]) -> None:
    for file in files:
        if file.size > settings.MAX_FILE_SIZE:
            raise ShardInvalid(f"A file has at most {settings.MAX_FILE_SIZE} bytes, not {file.size}.")
        if len(file.terms) > max(FEW, file.size // LEAST_TERM + 1):
            raise ShardInvalid(f"File {file.hash} has {len(file.terms)} terms for {file.size} bytes.")
    if sum(term.last - term.first for file in files for term in file.terms) > settings.XET_SHARD_CHUNKS:
        raise ShardInvalid(
            f"The files of a shard are put together from at most {settings.XET_SHARD_CHUNKS} chunks."
        )


def _nodes(
    file: FileBlock, found: Iterator[tuple[TermBlock, _Slice | None]], proved: Proved
) -> Iterator[tuple[bytes, int]]:
    """Hash and bytes of every chunk of a file in order, while its terms are compared with what they say."""
    for number, (term, part) in enumerate(islice(found, len(file.terms))):
        if part is None or part.range_hash != term.range_hash:
            proved.unproved.add(term.xorb)
            continue
        if sum(part.lengths) != term.length:
            wrong = f"Term {number} of file {file.hash} does not have {term.length} bytes."
            proved.lie = proved.lie or wrong
        proved.xorbs[term.xorb] = part.xorb
        _note_chunks(term, part, proved, begins=number == 0)
        yield from part.nodes()


def _note_chunks(term: TermBlock, part: _Slice, proved: Proved, *, begins: bool) -> None:
    places = set(_asked_about(part.hashes))
    if begins:
        places.add(0)
    for place in places:
        digest = part.hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]
        proved.chunks.add((digest, part.xorb, term.first + place))


def _asked_about(hashes: bytes) -> Iterator[int]:
    """The places of the hashes whose last word ASKED_ABOUT divides: its lowest byte, at 24, is zero."""
    lowest = hashes[24::HASH_BYTES]
    place = lowest.find(0)
    while place >= 0:
        start = place * HASH_BYTES + 24
        if int.from_bytes(hashes[start : start + 8], "little") % ASKED_ABOUT == 0:
            yield place
        place = lowest.find(0, place + 1)


def _slices(terms: Iterator[TermBlock]) -> Iterator[tuple[TermBlock, _Slice | None]]:
    """Every term with its chunks, None if they are not there; one query for thousands, without repeats."""
    batch: list[TermBlock] = []
    wanted: set[tuple[str, int, int]] = set()
    chunks = 0
    for term in terms:
        key = (term.xorb, term.first, term.last)
        if key not in wanted:
            wanted.add(key)
            chunks += term.last - term.first
        batch.append(term)
        if len(batch) == TERMS or chunks >= CHUNKS:
            yield from _looked_up(batch, wanted)
            batch, wanted, chunks = [], set(), 0
    yield from _looked_up(batch, wanted)


def _looked_up(
    batch: list[TermBlock], wanted: set[tuple[str, int, int]]
) -> Iterator[tuple[TermBlock, _Slice | None]]:
    known: dict[tuple[str, int, int], _Slice] = {}
    with connection.cursor() as cursor:
        cursor.execute(SLICES, [list(column) for column in zip(*wanted, strict=True)] or [[], [], []])
        for hash, first, last, xorb, chunks, hashes, ends in cursor:
            if last <= chunks:
                known[hash, first, last] = _slice(xorb, bytes(hashes), bytes(ends), first)
    for term in batch:
        yield term, known.get((term.xorb, term.first, term.last))


def _slice(xorb: int, hashes: bytes, ends: bytes, first: int) -> _Slice:
    count = len(hashes) // HASH_BYTES
    unpacked = unpack_from("<" + "I4x" * (count + (first > 0)), ends)
    if first == 0:
        unpacked = (0, *unpacked)
    lengths = [unpacked[at + 1] - unpacked[at] for at in range(count)]
    return _Slice(xorb, hashes, lengths, to_text(range_hash(hashes)))


def _write_files(proved: Proved) -> None:
    """Write the files that are not there. The same hash is the same content, however it is described."""
    new: set[str] = set()
    with connection.cursor() as cursor:
        for at in range(0, len(proved.files), BATCH):
            new |= _new_files(cursor, proved.files[at : at + BATCH])
        with cursor.copy(COPY_TERMS) as rows:
            for file in proved.files:
                start = 0
                for term in file.terms if file.hash in new else ():
                    xorb = proved.xorbs[term.xorb]
                    rows.write_row((file.hash, start, term.length, xorb, term.first, term.last))
                    start += term.length


def _new_files(cursor: CursorWrapper, files: list[FileBlock]) -> set[str]:
    """Insert the rows of files, and lock those that are there until they are referred to; which are new.

    One that is deleted in between is inserted after all.
    """
    new: set[str] = set()
    waiting = {file.hash: file.size for file in files}
    while waiting:
        cursor.execute(FILES, [list(waiting), list(waiting.values())])
        inserted = {hash for (hash,) in cursor}
        new |= inserted
        there = [hash for hash in waiting if hash not in inserted]
        if there:
            cursor.execute(HELD_FILES, [there])
        held = {hash for (hash,) in cursor} if there else set()
        waiting = {hash: waiting[hash] for hash in there if hash not in held}
    return new


def _take_into_use(proved: Proved) -> None:
    """Note the chunks that clients ask about, and that the xorbs are used; ShardInvalid when one is gone.

    The rows of the xorbs are locked, in their order. Whoever waits for a lock to delete one finds it used.
    """
    ids = sorted(proved.xorbs.values())
    for at in range(0, len(ids), BATCH):
        _lock_xorbs(ids[at : at + BATCH])
    Chunk.objects.bulk_create(
        [Chunk(hash=hash, xorb_id=xorb, place=place) for hash, xorb, place in sorted(proved.chunks)],
        ignore_conflicts=True,
        batch_size=BATCH,
    )


def _lock_xorbs(ids: list[int]) -> None:
    locked = Xorb.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    rows = list(locked.values_list("pk", "used_at", "condemned_at"))
    if len(rows) < len(ids):
        raise ShardInvalid("A xorb that the shard names was not uploaded.")
    old = timezone.now() - FRESH
    stale = [pk for pk, used_at, condemned_at in rows if condemned_at or used_at < old]
    Xorb.objects.filter(pk__in=stale).update(used_at=timezone.now(), condemned_at=None)


def _write_uploads(scope: str, files: list[FileBlock], user: AbstractBaseUser | None) -> list[Upload]:
    """An upload for every file that the scope has none of: verified if just these chunks were read before."""
    read = _read_before(files)
    there = _uploaded_before(scope, files, read)
    state = Upload.State
    return Upload.objects.bulk_create(
        Upload(
            scope=scope,
            sha256=file.sha256,
            size=file.size,
            reconstruction_id=file.hash,
            state=state.VERIFIED if (file.sha256, file.hash) in read else state.RECEIVED,
            created_by=user,
        )
        for file in files
        if (file.sha256, file.hash) not in there
    )


def _read_before(files: list[FileBlock]) -> set[tuple[str, str]]:
    """Which of the files are blobs of just these chunks; they are locked, and taken back into use."""
    found = Blob.objects.filter(pk__in=[file.sha256 for file in files]).exclude(reconstruction=None)
    rows = found.order_by("pk").select_for_update(no_key=True).values_list("pk", "reconstruction_id")
    read = set(rows) & {(file.sha256, file.hash) for file in files}
    condemned = Blob.objects.filter(pk__in=[sha256 for sha256, _ in read]).exclude(condemned_at=None)
    condemned.update(condemned_at=None)
    return read


def _uploaded_before(scope: str, files: list[FileBlock], read: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of the files the scope has an upload of that may become, or is, a blob, and that counts on."""
    rows = Upload.objects.filter(scope=scope, sha256__in=[file.sha256 for file in files])
    state = Upload.State
    found = set(rows.filter(state=state.RECEIVED).values_list("sha256", "reconstruction_id"))
    done = rows.filter(state=state.VERIFIED, created_at__gte=counts_since())
    return found | (read & set(done.values_list("sha256", "reconstruction_id")))
