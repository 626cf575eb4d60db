"""Xorbs: chunks one after the other, each with a header of eight bytes and compressed on its own.

The layout is that of the public Xet specification (xorb). Some writers put a footer behind the chunks that
begins with `XETBLOB`; it repeats what the chunks say, so that it is passed over, and no size here counts it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from struct import Struct, unpack_from

from lz4.frame import LZ4FrameDecompressor

from storage.errors import StorageError
from storage.xet.hashing import HASH_BYTES, chunk_hash, merkle_root, to_text

MAX_CHUNKS = 8192
MAX_CHUNK = 128 * 1024
# A frame around bytes that do not compress is some twenty bytes longer than they are.
MAX_PACKED_CHUNK = MAX_CHUNK + 1024
# 64 MiB of chunks, their headers and the footer.
MAX_XORB = 65 * 1024 * 1024

RAW, LZ4, GROUPED_LZ4 = 0, 1, 2

_HEADER_BYTES = 8
_FOOTER = b"XETBLOB"
_ENDS = Struct("<2I")
_FRAME = b"\x04\x22\x4d\x18"
_WITH_DICTIONARY = 1


class XorbInvalid(StorageError):
    """The bytes are not a xorb, or not the one that was named."""


@dataclass(frozen=True, slots=True)
class Table:
    """What was found in a xorb: for each chunk 32 bytes of hash, and two little-endian u32 of where it ends.

    The first of these counts unpacked bytes, the second the bytes of the xorb. A run of chunks that is asked
    for must lie in the xorb: 0 <= first <= last <= chunks.
    """

    hashes: bytes
    ends: bytes

    @property
    def chunks(self) -> int:
        return len(self.hashes) // HASH_BYTES

    @property
    def length(self) -> int:
        """All chunks' unpacked bytes."""
        return self._end(self.chunks)[0]

    @property
    def size(self) -> int:
        """All chunks' bytes in the xorb, with their headers and without a footer."""
        return self._end(self.chunks)[1]

    def hashes_of(self, first: int, last: int) -> bytes:
        """Return the hashes of the chunks from `first` up to and without `last`, one after the other."""
        return self.hashes[first * HASH_BYTES : last * HASH_BYTES]

    def lengths(self, first: int, last: int) -> list[int]:
        """Return the unpacked bytes of each chunk from `first` up to and without `last`."""
        count = last - first
        ends = (self._end(first)[0], *unpack_from("<" + "I4x" * count, self.ends, first * _ENDS.size))
        return [ends[at + 1] - ends[at] for at in range(count)]

    def nodes(self, first: int, last: int) -> Iterator[tuple[bytes, int]]:
        """Return hash and unpacked bytes of each of these chunks, as trees are built from them."""
        hashes = self.hashes_of(first, last)
        each = (hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES))
        return zip(each, self.lengths(first, last), strict=True)

    def only(self, runs: Iterable[tuple[int, int]]) -> "Table":
        """Return the same places with nothing said of the chunks outside these runs: no hash, no length."""
        shown = {place for first, last in runs for place in range(first, last)}
        if len(shown) == self.chunks:
            return self
        hashes, ends = [], []
        at, packed, before = 0, 0, (0, 0)
        for place in range(self.chunks):
            after = self._end(place + 1)
            if place in shown:
                at, packed = at + after[0] - before[0], packed + after[1] - before[1]
            hashes.append(self.hashes_of(place, place + 1) if place in shown else bytes(HASH_BYTES))
            ends.append(_ENDS.pack(at, packed))
            before = after
        return Table(b"".join(hashes), b"".join(ends))

    def _end(self, chunks: int) -> tuple[int, int]:
        return _ENDS.unpack_from(self.ends, (chunks - 1) * _ENDS.size) if chunks else (0, 0)


def read_xorb(pieces: Iterable[bytes], *, expected: str) -> Table:
    """Unpack and hash every chunk of a xorb that comes in pieces of any size, and return what it holds.

    Raises XorbInvalid, with the number of the chunk counted from 0, when anything is not as specified, and
    when the chunks are not those which the hash `expected` names. It holds a piece and a chunk at a time.
    """
    source = _Source(pieces)
    hashes, ends, length = bytearray(), bytearray(), 0
    for number, chunk in enumerate(_chunks(source)):
        if number == MAX_CHUNKS:
            raise XorbInvalid(f"A xorb has at most {MAX_CHUNKS} chunks.")
        hashes += chunk_hash(chunk)
        length += len(chunk)
        ends += _ENDS.pack(length, source.position)
    table = Table(bytes(hashes), bytes(ends))
    if not table.chunks:
        raise XorbInvalid("The xorb has no chunks.")
    if to_text(merkle_root(table.nodes(0, table.chunks))) != expected:
        raise XorbInvalid(f"The chunks are not those of xorb {expected}.")
    return table


def unpack(data: bytes) -> Iterator[bytes]:
    """Yield the raw bytes of each chunk of a run of whole chunks, or raise XorbInvalid."""
    return unpack_pieces([data])


def unpack_pieces(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same of a run that comes in pieces of any size; it holds a piece and a chunk at a time."""
    return (bytes(chunk) for chunk in _chunks(_Source(pieces)))


class _Source:
    """Takes as many bytes as are asked for out of pieces, without a copy where one piece has them all."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")
        self.position = 0

    def take(self, length: int) -> memoryview:
        """Return the next bytes: fewer than `length` only at the end."""
        taken, self._rest = self._rest[:length], self._rest[length:]
        if len(taken) < length:
            taken = self._gather(bytearray(taken), length)
        self.position += len(taken)
        if self.position > MAX_XORB:
            raise XorbInvalid(f"A xorb has at most {MAX_XORB} bytes.")
        return taken

    def _gather(self, taken: bytearray, length: int) -> memoryview:
        for piece in self._pieces:
            view = memoryview(piece)
            missing = length - len(taken)
            taken += view[:missing]
            if len(taken) == length:
                self._rest = view[missing:]
                break
        return memoryview(taken)

    def exhaust(self) -> None:
        """Take what is left, within the bytes a xorb may have."""
        while self.take(MAX_CHUNK):
            pass


def _chunks(source: _Source) -> Iterator[memoryview | bytes | bytearray]:
    frames = LZ4FrameDecompressor()
    number = 0
    while header := source.take(_HEADER_BYTES):
        if header[: len(_FOOTER)] == _FOOTER:
            source.exhaust()
            return
        packed, scheme, length = _read_header(header, number)
        data = source.take(packed)
        if len(data) < packed:
            raise XorbInvalid(f"Chunk {number} is cut off.")
        yield _unpack_chunk(frames, data, scheme, length, number)
        number += 1


def _read_header(header: memoryview, number: int) -> tuple[int, int, int]:
    if len(header) < _HEADER_BYTES:
        raise XorbInvalid(f"The header of chunk {number} is cut off.")
    version, scheme = header[0], header[4]
    packed = int.from_bytes(header[1:4], "little")
    length = int.from_bytes(header[5:8], "little")
    if version != 0:
        raise XorbInvalid(f"Chunk {number} has version {version}, not 0.")
    if scheme not in (RAW, LZ4, GROUPED_LZ4):
        raise XorbInvalid(f"Chunk {number} is packed by scheme {scheme}, which is unknown.")
    if not 0 < length <= MAX_CHUNK:
        raise XorbInvalid(f"Chunk {number} says it has {length} bytes, not 1 to {MAX_CHUNK}.")
    if not 0 < packed <= MAX_PACKED_CHUNK:
        raise XorbInvalid(f"Chunk {number} says it takes {packed} bytes, not 1 to {MAX_PACKED_CHUNK}.")
    return packed, scheme, length


def _unpack_chunk(
    frames: LZ4FrameDecompressor, data: memoryview, scheme: int, length: int, number: int
) -> memoryview | bytes | bytearray:
    if scheme != RAW:
        data = _inflate(frames, data, length, number)
    if len(data) != length:
        raise XorbInvalid(f"Chunk {number} does not have the {length} bytes that it says.")
    return _ungroup(data) if scheme == GROUPED_LZ4 else data


def _inflate(frames: LZ4FrameDecompressor, data: memoryview, length: int, number: int) -> bytes:
    if data[:4] != _FRAME or (len(data) > 4 and data[4] & _WITH_DICTIONARY):
        raise XorbInvalid(f"Chunk {number} is not an LZ4 frame without a dictionary.")
    frames.reset()
    try:
        # One byte more than there may be: so the frame's end is read too, and a frame that has more shows.
        raw = frames.decompress(data, max_length=length + 1)
    except RuntimeError as error:
        raise XorbInvalid(f"Chunk {number} is a damaged LZ4 frame.") from error
    if not frames.eof or frames.unused_data:
        raise XorbInvalid(f"Chunk {number} is not one whole LZ4 frame of {length} bytes.")
    return raw


def _ungroup(grouped: bytes) -> bytearray:
    """Put bytes back in order that were sorted by their place in a word of four."""
    length, start = len(grouped), 0
    raw = bytearray(length)
    for place in range(4):
        end = start + (length - place + 3) // 4
        raw[place::4] = grouped[start:end]
        start = end
    return raw
