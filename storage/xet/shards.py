"""Shards: what a client says about files and the xorbs they are made of, and answers about known chunks.

The layout is that of the public Xet specification (shard): entries of 48 bytes, integers little-endian.
"""

import secrets
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from storage.errors import StorageError
from storage.xet.hashing import HASH_BYTES, NO_CONTENT, from_text, shielded, to_text
from storage.xet.xorbs import MAX_CHUNK, MAX_CHUNKS, Table

MAX_SHARD = 64 * 1024 * 1024

TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
ENTRY_BYTES = 48
BOOKEND = b"\xff" * HASH_BYTES + bytes(16)
# Each term is followed by its range hash, each file by its sha256.
WITH_PROOFS, WITH_SHA256 = 1 << 31, 1 << 30

_HEADER = Struct("<32sQQ")
_FILE = Struct("<32sII8x")
_TERM = Struct("<32sIIII")
_PROOF = Struct("<32s16x")
_XORB = Struct("<32sIIII")
_CHUNK = Struct("<32sII8x")
# Version; where files and xorbs start; of three lookup tables where each starts and how many entries it has;
# key; made, expires; 72 bytes of counts; where the footer starts.
_FOOTER = Struct("<QQQ6Q32sQQ72xQ")
_HEADER_VERSION, _FOOTER_VERSION = 2, 1


class ShardInvalid(StorageError):
    """The bytes are not a shard, or what it says cannot be so."""


class TermBlock(NamedTuple):
    """Chunks `first` to `last` (exclusive) of a xorb, their unpacked bytes and their declared range hash."""

    xorb: str
    length: int
    first: int
    last: int
    range_hash: str


class Terms(Sequence[TermBlock]):
    """The terms of a file in order, decoded when they are looked at: a shard may have very many."""

    __slots__ = ("_entries", "_proofs")

    def __init__(self, entries: memoryview, proofs: memoryview) -> None:
        self._entries = entries
        self._proofs = proofs

    def __len__(self) -> int:
        return len(self._entries) // ENTRY_BYTES

    def __iter__(self) -> Iterator[TermBlock]:
        pairs = zip(_TERM.iter_unpack(self._entries), _PROOF.iter_unpack(self._proofs), strict=True)
        return (_term(entry, proof) for entry, proof in pairs)

    def __getitem__(self, place: int) -> TermBlock:
        at = range(len(self))[place] * ENTRY_BYTES
        return _term(_TERM.unpack_from(self._entries, at), _PROOF.unpack_from(self._proofs, at))


@dataclass(frozen=True, slots=True)
class FileBlock:
    """A file: what it is called, what its sha256 is said to be, its bytes, and its terms, one at least."""

    hash: str
    sha256: str
    size: int
    terms: Terms


@dataclass(frozen=True, slots=True)
class Shard:
    """The files a shard describes and the hashes of its xorbs; all of it is only its sender's word."""

    files: list[FileBlock]
    xorbs: list[str]


def parse_shard(data: bytes) -> Shard:
    """Return what an uploaded shard of at most 64 MiB says, or raise ShardInvalid.

    Every file must come with range hashes and its sha256, in terms of chunks that a xorb can have. An empty
    file, which hf_xet sends without terms and with zeros for both of its hashes, is left out: it has no
    chunks to register. What is said about the inside of xorbs is not read: their own bytes tell that.
    """
    if len(data) > MAX_SHARD:
        raise ShardInvalid(f"A shard has at most {MAX_SHARD} bytes.")
    reader = _Reader(data)
    tag, version, footer_bytes = _HEADER.unpack(reader.take(1, "its header"))
    if tag != TAG or version != _HEADER_VERSION:
        raise ShardInvalid(f"The upload does not begin as a shard of version {_HEADER_VERSION}.")
    files = _read_files(reader)
    xorbs_at = reader.position
    xorbs = _read_xorbs(reader)
    _check_end(data, reader.position, xorbs_at, footer_bytes)
    return Shard(files, xorbs)


def build_shard(xorbs: Iterable[tuple[str, Table]], *, seconds: int) -> bytes:
    """Return the answer to a question about a known chunk: the chunks of these xorbs, by hash and table.

    Chunk hashes are keyed with a fresh key that is told in the footer, so that a client recognises the chunks
    it has and learns no others. Clients use it for `seconds`.
    """
    key, now = secrets.token_bytes(HASH_BYTES), int(time.time())
    parts = [_HEADER.pack(TAG, _HEADER_VERSION, _FOOTER.size), BOOKEND]
    xorbs_at = sum(map(len, parts))
    for name, table in xorbs:
        parts += _xorb_block(from_text(name), table, key)
    parts.append(BOOKEND)
    footer_at = sum(map(len, parts))
    # hf_xet takes the start of the first table for the end of the xorbs, also when the table has no entries.
    tables = (footer_at, 0) * 3
    parts.append(
        _FOOTER.pack(_FOOTER_VERSION, _HEADER.size, xorbs_at, *tables, key, now, now + seconds, footer_at)
    )
    return b"".join(parts)


class _Reader:
    """Takes entries off a shard, and never more than it has."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.position = 0

    def take(self, entries: int, what: str) -> memoryview:
        end = self.position + entries * ENTRY_BYTES
        if end > len(self._data):
            raise ShardInvalid(f"The shard is cut off in {what}.")
        taken = self._data[self.position : end]
        self.position = end
        return taken

    def since(self, start: int) -> memoryview:
        return self._data[start : self.position]


def _blocks(reader: _Reader, what: str) -> Iterator[memoryview]:
    """Yield the first entry of each block up to the bookend."""
    while (entry := reader.take(1, what)) != BOOKEND:
        yield entry


def _read_files(reader: _Reader) -> list[FileBlock]:
    files: list[FileBlock] = []
    seen: dict[bytes, memoryview] = {}
    for entry in _blocks(reader, "its files"):
        start = reader.position
        digest, flags, count = _FILE.unpack(entry)
        name = to_text(digest)
        if flags != WITH_PROOFS | WITH_SHA256:
            raise ShardInvalid(f"File {name} does not come with exactly its range hashes and its sha256.")
        entries, proofs = reader.take(count, f"file {name}"), reader.take(count, f"file {name}")
        sha256 = to_text(_PROOF.unpack(reader.take(1, f"file {name}"))[0])
        size = _check_terms(name, entries)
        if (digest == NO_CONTENT) != (count == 0):
            raise ShardInvalid(
                f"File {name} has {count} terms: an empty file's hash is zero, and no other's."
            )
        block = reader.since(start)
        if seen.setdefault(digest, block) != block:
            raise ShardInvalid(f"File {name} is in the shard twice, and not the same.")
        if count and seen[digest] is block:
            files.append(FileBlock(name, sha256, size, Terms(entries, proofs)))
    return files


def _check_terms(name: str, entries: memoryview) -> int:
    """Return all bytes of a file, which cannot be more than its terms' chunks can hold."""
    size = 0
    for number, (_, flags, length, first, last) in enumerate(_TERM.iter_unpack(entries)):
        if flags:
            raise ShardInvalid(f"Term {number} of file {name} has flags, which are unknown.")
        if not first < last <= MAX_CHUNKS:
            raise ShardInvalid(f"Term {number} of file {name} has the chunks {first} to {last} of a xorb.")
        if not last - first <= length <= (last - first) * MAX_CHUNK:
            raise ShardInvalid(f"Term {number} of file {name} has {length} bytes in {last - first} chunks.")
        size += length
    return size


def _read_xorbs(reader: _Reader) -> list[str]:
    xorbs: dict[str, None] = {}
    for entry in _blocks(reader, "its xorbs"):
        digest, _, count, _, _ = _XORB.unpack(entry)
        name = to_text(digest)
        if not 0 < count <= MAX_CHUNKS:
            raise ShardInvalid(f"Xorb {name} has {count} chunks, not 1 to {MAX_CHUNKS}.")
        reader.take(count, f"xorb {name}")
        xorbs[name] = None
    return list(xorbs)


def _check_end(data: bytes, end: int, xorbs_at: int, footer_bytes: int) -> None:
    """Accept the end of the data, or a footer that fits.

    hf_xet 1.1.5 sends lookup tables and a footer, 1.2 announces a footer and leaves it out, 1.8 has none.
    """
    if footer_bytes in (0, _FOOTER.size) and len(data) == end:
        return
    footer_at = len(data) - _FOOTER.size
    if footer_bytes != _FOOTER.size or footer_at < end:
        raise ShardInvalid("The shard does not end where it says.")
    *starts, says_footer_at = _FOOTER.unpack_from(data, footer_at)
    if starts[:3] != [_FOOTER_VERSION, _HEADER.size, xorbs_at] or says_footer_at != footer_at:
        raise ShardInvalid("The footer of the shard does not fit it.")


def _term(entry: tuple[bytes, int, int, int, int], proof: tuple[bytes]) -> TermBlock:
    xorb, _, length, first, last = entry
    return TermBlock(to_text(xorb), length, first, last, to_text(proof[0]))


def _xorb_block(digest: bytes, table: Table, key: bytes) -> Iterator[bytes]:
    yield _XORB.pack(digest, 0, table.chunks, table.length, table.size)
    start = 0
    for chunk, length in table.nodes(0, table.chunks):
        yield _CHUNK.pack(shielded(chunk, key), start, length)
        start += length
