"""Writes xorbs and shards as a client would, or with lies in them: any field of a block can be overridden."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

import lz4.frame

from storage.xet.hashing import chunk_hash, file_hash, from_text, merkle_root, range_hash, to_text
from storage.xet.xorbs import GROUPED_LZ4, LZ4, RAW

TAG = b"HFRepoMetaData\0" + bytes.fromhex("556967456a7b815783a5bdd95ccdd14aa9")
BOOKEND = b"\xff" * 32 + bytes(16)
VERIFIED, WITH_SHA256 = 1 << 31, 1 << 30


def cut(data: bytes, size: int = 65536) -> list[bytes]:
    """Cut into chunks of one size: a server takes chunks as they come, wherever they were cut."""
    return [data[at : at + size] for at in range(0, len(data), size)]


def grouped(chunk: bytes) -> bytes:
    return b"".join(chunk[place::4] for place in range(4))


def packed(chunk: bytes, scheme: int) -> bytes:
    """Return a chunk's bytes as a xorb has them behind its header."""
    if scheme == RAW:
        return chunk
    return lz4.frame.compress(chunk if scheme == LZ4 else grouped(chunk))


def framed(data: bytes, *, scheme: int, length: int, version: int = 0, claimed: int | None = None) -> bytes:
    """Put a header before packed bytes, true or not: `claimed` is how many of them it says there are."""
    size = len(data) if claimed is None else claimed
    return (
        bytes([version]) + size.to_bytes(3, "little") + bytes([scheme]) + length.to_bytes(3, "little") + data
    )


@dataclass
class Xorb:
    """A xorb of these chunks, with the right hash."""

    chunks: list[bytes]
    scheme: int = RAW

    @property
    def hash(self) -> str:
        return to_text(merkle_root(self.nodes()))

    @property
    def data(self) -> bytes:
        return b"".join(
            framed(packed(chunk, self.scheme), scheme=self.scheme, length=len(chunk)) for chunk in self.chunks
        )

    @property
    def raw(self) -> bytes:
        return b"".join(self.chunks)

    def nodes(self, first: int = 0, last: int | None = None) -> list[tuple[bytes, int]]:
        return [(chunk_hash(chunk), len(chunk)) for chunk in self.chunks[first:last]]

    def block(self, *, flags: int = 0, count: int | None = None) -> bytes:
        """Return its block in a shard."""
        head = from_text(self.hash) + _words(
            flags, len(self.chunks) if count is None else count, len(self.raw), len(self.data)
        )
        start, entries = 0, []
        for digest, length in self.nodes():
            entries.append(digest + _words(start, length, 0, 0))
            start += length
        return head + b"".join(entries)


@dataclass
class Part:
    """Chunks `first` to `last` of a xorb as a part of a file; what is not None is said, true or not."""

    xorb: Xorb
    first: int = 0
    last: int | None = None
    length: int | None = None
    range_hash: bytes | None = None
    xorb_hash: str | None = None
    flags: int = 0

    @property
    def end(self) -> int:
        return len(self.xorb.chunks) if self.last is None else self.last

    @property
    def raw(self) -> bytes:
        return b"".join(self.xorb.chunks[self.first : self.end])

    def nodes(self) -> list[tuple[bytes, int]]:
        return self.xorb.nodes(self.first, self.end)

    def entry(self) -> bytes:
        length = len(self.raw) if self.length is None else self.length
        return from_text(self.xorb_hash or self.xorb.hash) + _words(self.flags, length, self.first, self.end)

    def proof(self) -> bytes:
        true = range_hash(b"".join(digest for digest, _ in self.nodes()))
        return (true if self.range_hash is None else self.range_hash) + bytes(16)


@dataclass
class File:
    """A file of these parts; what is not None is said, true or not."""

    parts: list[Part]
    hash: str | None = None
    sha256: str | None = None
    flags: int = VERIFIED | WITH_SHA256
    count: int | None = None

    @property
    def raw(self) -> bytes:
        return b"".join(part.raw for part in self.parts)

    @property
    def true_hash(self) -> str:
        return to_text(file_hash(node for part in self.parts for node in part.nodes()))

    @property
    def true_sha256(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    def block(self) -> bytes:
        """Return its block in a shard."""
        count = len(self.parts) if self.count is None else self.count
        block = from_text(self.hash or self.true_hash) + _words(self.flags, count, 0, 0)
        block += b"".join(part.entry() for part in self.parts)
        if self.flags & VERIFIED:
            block += b"".join(part.proof() for part in self.parts)
        if self.flags & WITH_SHA256:
            block += from_text(self.sha256 or self.true_sha256) + bytes(16)
        return block


@dataclass
class Shard:
    """What a client sends to register files; `xorbs` are described in it, as the ones it just uploaded."""

    files: list[File] = field(default_factory=list)
    xorbs: list[Xorb] = field(default_factory=list)
    tag: bytes = TAG
    version: int = 2
    footer: bytes = b""

    @property
    def data(self) -> bytes:
        head = self.tag + self.version.to_bytes(8, "little") + len(self.footer).to_bytes(8, "little")
        files = b"".join(file.block() for file in self.files)
        xorbs = b"".join(xorb.block() for xorb in self.xorbs)
        return head + files + BOOKEND + xorbs + BOOKEND + self.footer


def noise(size: int, seed: int = 0) -> bytes:
    """Return bytes that do not compress, the same for one seed."""
    return Random(seed).randbytes(size)


def floats(size: int, seed: int = 0) -> bytes:
    """Return bytes like those of weights: they compress when they are grouped by four."""
    random = Random(seed)
    words = (random.randbytes(2) + bytes([random.randrange(4), 0x3F]) for _ in range(size // 4 + 1))
    return b"".join(words)[:size]


def _words(*numbers: int) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in numbers)


def one_file(data: bytes, *, size: int = 65536, scheme: int = RAW) -> tuple[Shard, Xorb]:
    """Return a xorb with all chunks of a file, and the shard that registers the file."""
    xorb = Xorb(cut(data, size), scheme)
    return Shard([File([Part(xorb)])], [xorb]), xorb


SCHEMES: Iterable[int] = (RAW, LZ4, GROUPED_LZ4)
