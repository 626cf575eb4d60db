"""Forward reading of hostile bytes, however they are packed: every length checked, every cost counted."""

import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from typing import BinaryIO, Protocol

CHUNK = 64 * 1024
# What is fetched after a jump: behind it often stands only the next length.
SMALL_CHUNK = 4 * 1024
BLOCKS_KEPT = 4


class Truncated(Exception):
    """The bytes end before the value that was announced."""


class TooMuch(Exception):
    """The file asks for more work than a scan may cost; the argument is the sentence about what."""


class Budget:
    """What one inspection may cost in all, shared by everything nested in the file."""

    def __init__(
        self,
        *,
        seconds: float = 20,
        steps: int = 12_000_000,
        fetched: int = 1 << 29,
        unpacked: int = 1 << 30,
    ) -> None:
        self.deadline = time.monotonic() + seconds
        self.steps, self.fetched, self.unpacked = steps, fetched, unpacked

    def step(self, count: int) -> None:
        """Pay for `count` opcodes or entries, or raise TooMuch; call it every few thousand."""
        self.steps -= count
        if self.steps < 0:
            raise TooMuch("it has more instructions than a scan reads")
        if time.monotonic() > self.deadline:
            raise TooMuch("it takes longer to read than a scan may")

    def fetch(self, count: int) -> None:
        """Pay for `count` bytes of the file, or raise TooMuch."""
        self.fetched -= count
        if self.fetched < 0:
            raise TooMuch("more of it would have to be read than a scan reads")
        self.step(0)

    def unpack(self, count: int) -> None:
        """Pay for `count` bytes of decompressed data, or raise TooMuch."""
        self.unpacked -= count
        if self.unpacked < 0:
            raise TooMuch("it unpacks to more than a scan reads")
        self.step(0)


class Stream(ABC):
    """A forward reader with a small buffer; `position` is the offset of the next byte in its source."""

    def __init__(self) -> None:
        self.position = 0
        self._buffer = b""
        self._at = 0

    @abstractmethod
    def _fetch(self, ahead: int) -> bytes:
        """The next chunk, from `ahead` bytes after the position; empty at the end."""

    def _more(self, wanted: int = 1) -> bool:
        """Add at least `wanted` bytes to the buffer if they exist, put together once; whether any came."""
        pieces = [self._buffer[self._at :]]
        ahead = before = len(pieces[0])
        while ahead < before + wanted and (chunk := self._fetch(ahead)):
            pieces.append(chunk)
            ahead += len(chunk)
        self._buffer, self._at = b"".join(pieces), 0
        return ahead > before

    def peek(self, count: int) -> bytes:
        """Up to `count` of the next bytes, without moving."""
        lacking = count - (len(self._buffer) - self._at)
        if lacking > 0:
            self._more(lacking)
        return self._buffer[self._at : self._at + count]

    def read(self, count: int) -> bytes:
        """Exactly `count` bytes; only for small counts."""
        end = self._at + count
        if end > len(self._buffer):
            if len(self.peek(count)) < count:
                raise Truncated(f"{count} bytes announced, fewer are there")
            end = self._at + count
        data = self._buffer[self._at : end]
        self._at = end
        self.position += count
        return data

    def line(self, keep: int) -> bytes:
        """The first `keep` bytes of the next line, without its newline, however long it is."""
        kept = b""
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            kept = (kept + self._buffer[self._at : self._at + keep])[:keep]
            self.position += len(self._buffer) - self._at
            self._buffer, self._at = b"", 0
            if not self._more():
                raise Truncated("a line that does not end")
        kept = (kept + self._buffer[self._at : min(end, self._at + keep)])[:keep]
        self.position += end + 1 - self._at
        self._at = end + 1
        return kept

    def skip(self, count: int) -> None:
        """Move on by `count` bytes that must exist."""
        while count:
            here = len(self._buffer) - self._at
            if not here:
                if not self._more():
                    raise Truncated("the file ends inside a value")
                continue
            moved = min(count, here)
            self._at += moved
            self.position += moved
            count -= moved


class Source(Protocol):
    """Bytes that can be read from any offset, any number of times, at the cost of `budget`."""

    budget: Budget

    def open(self, offset: int = 0) -> Stream:
        """A stream from `offset` to the end."""


class RangeSource:
    """`length` bytes of a seekable reader from `start`."""

    def __init__(
        self,
        reader: BinaryIO,
        start: int,
        length: int,
        budget: Budget,
        kept: deque[tuple[int, bytes]] | None = None,
    ) -> None:
        self.reader, self.start, self.length, self.budget = reader, start, length, budget
        # The last blocks that were fetched and where in the reader they begin, shared by all parts.
        self.kept: deque[tuple[int, bytes]] = deque(maxlen=BLOCKS_KEPT) if kept is None else kept

    def open(self, offset: int = 0) -> "RangeStream":
        """A stream that fetches only what is read and seeks over what is skipped."""
        return RangeStream(self, offset)

    def part(self, offset: int, length: int) -> "RangeSource":
        """A smaller range; it never leaves this one."""
        offset = min(offset, self.length)
        length = max(0, min(length, self.length - offset))
        return RangeSource(self.reader, self.start + offset, length, self.budget, self.kept)

    def read_at(self, offset: int, count: int) -> bytes:
        """Up to `count` bytes at `offset`."""
        part = self.part(offset, count)
        self.budget.fetch(part.length)
        self.reader.seek(part.start)
        return self.reader.read(part.length)

    def block(self, offset: int, count: int) -> bytes:
        """Some bytes from `offset`, of those at hand if there are, else `count` of them; empty at the end."""
        at, left = self.start + offset, self.length - offset
        for start, data in self.kept:
            if start <= at < start + len(data) and left > 0:
                self.budget.step(0)
                return data[at - start : at - start + left]
        data = self.read_at(offset, count)
        if data:
            self.kept.append((at, data))
        return data


class RangeStream(Stream):
    """A stream over a RangeSource."""

    def __init__(self, source: RangeSource, offset: int) -> None:
        super().__init__()
        self.source = source
        self.position = offset
        self._wanted = SMALL_CHUNK if offset else CHUNK

    def _fetch(self, ahead: int) -> bytes:
        data = self.source.block(self.position + ahead, self._wanted)
        self._wanted = min(2 * self._wanted, CHUNK)
        return data

    def skip(self, count: int) -> None:
        """Move on without reading; past the end is Truncated."""
        if self.position + count > self.source.length:
            raise Truncated("the file ends inside a value")
        if count <= len(self._buffer) - self._at:
            self._at += count
        else:
            self._buffer, self._at = b"", 0
            self._wanted = SMALL_CHUNK
        self.position += count


class Decompressor(Protocol):
    """What zlib, bz2 and lzma have in common."""

    eof: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most `max_length` bytes of output."""


class PackedSource:
    """What a compressed range unpacks to; `errors` are the decompressor's own classes for bad data."""

    def __init__(
        self,
        packed: RangeSource,
        make: Callable[[], Decompressor],
        errors: tuple[type[Exception], ...],
        budget: Budget,
    ) -> None:
        self.packed, self.make, self.errors, self.budget = packed, make, errors, budget
        # Whether what was read so far was damaged, ended early, or was followed by something else.
        self.damaged = False

    def open(self, offset: int = 0) -> "PackedStream":
        """A stream that unpacks from the start and drops what is before `offset`."""
        stream = PackedStream(self)
        stream.skip(offset)
        return stream


class PackedStream(Stream):
    """A stream over a PackedSource; damaged data reads like data that ends."""

    def __init__(self, source: PackedSource) -> None:
        super().__init__()
        self.source = source
        self._input = source.packed.open()
        self._engine = source.make()
        self._left = b""
        self._begun = True

    def _fetch(self, ahead: int) -> bytes:
        while True:
            if self._engine.eof:
                # Tools read on when one compressed stream follows another.
                self._left = self._engine.unused_data or self._take()
                self._engine = self.source.make()
                self._begun = bool(self._left)
            if not self._left and getattr(self._engine, "needs_input", True):
                self._left = self._take()
            given = self._left
            try:
                chunk = self._engine.decompress(given, CHUNK)
            except self.source.errors:
                self.source.damaged = True
                return b""
            self._left = getattr(self._engine, "unconsumed_tail", b"")
            self.source.budget.unpack(len(chunk))
            if chunk:
                self._begun = True
                return chunk
            if not given and not self._engine.eof:
                self.source.damaged = self.source.damaged or self._begun
                return chunk

    def _take(self) -> bytes:
        raw = self._input.peek(CHUNK)[:CHUNK]
        self._input.skip(len(raw))
        return raw
