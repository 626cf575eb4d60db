"""One seekable, buffered reader over any blob, wherever its bytes are kept."""

import errno
import io

from storage import s3
from storage.models import Blob
from storage.xet.reading import Layout, fetch
from storage.xet.xorbs import unpack

BUFFER = 256 * 1024
# As much of chunked content is unpacked and held at once.
HELD = 4 * 1024 * 1024


class _Positioned(io.RawIOBase):
    """A read-only file of a known size with a position; what reads it says how."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size
        self.position = 0

    def readable(self) -> bool:
        """Always true."""
        return True

    def seekable(self) -> bool:
        """Always true."""
        return True

    def tell(self) -> int:
        """The offset of the next byte."""
        return self.position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move without a request; a position past the end reads nothing."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self.position, io.SEEK_END: self.size}[whence]
        if base + offset < 0:
            # As a file does, and as zipfile expects of one that is too short for it.
            raise OSError(errno.EINVAL, "negative seek position")
        self.position = base + offset
        return self.position

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` from the store, or as much of it as there is, or comes at once."""
        wanted = min(len(buffer), self.size - self.position)
        if wanted <= 0:
            return 0
        data = self._read(self.position, wanted)
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)

    def _read(self, start: int, length: int) -> bytes | memoryview:
        raise NotImplementedError


class RangeReader(_Positioned):
    """A read-only file over an S3 object; every read is one ranged request of just the bytes asked for."""

    def __init__(self, key: str, size: int) -> None:
        super().__init__(size)
        self.key = key

    def _read(self, start: int, length: int) -> bytes:
        return s3.read_range(self.key, start, length)


class ChunkReader(_Positioned):
    """A read-only file over content in chunks; a read is one ranged request of the chunks it needs.

    What was unpacked last is held, and while it is read on from there, each time twice as much is fetched.
    """

    def __init__(self, reconstruction: str, size: int) -> None:
        super().__init__(size)
        self._layout = Layout(reconstruction)
        self._held = b""
        self._start = 0

    def _read(self, start: int, length: int) -> memoryview:
        if not self._start <= start < self._start + len(self._held):
            self._hold(start, length)
        at = start - self._start
        return memoryview(self._held)[at : at + length]

    def _hold(self, start: int, length: int) -> None:
        on = start == self._start + len(self._held)
        length = min(max(length, 2 * len(self._held) if on else 0), HELD)
        span = self._layout.run(start, min(start + length, self.size), most=HELD)
        self._held, self._start = b"".join(unpack(fetch(span))), span.start


def open_blob(blob: Blob) -> io.BufferedIOBase:
    """A seekable reader over the blob's bytes; use it as a context manager.

    Of a blob that is kept in two ways the chunks are read, because the whole object may be dropped.
    """
    if blob.data is not None:
        return io.BytesIO(bytes(blob.data))
    if blob.reconstruction_id:
        return io.BufferedReader(ChunkReader(blob.reconstruction_id, blob.size), BUFFER)
    return io.BufferedReader(RangeReader(blob.key, blob.size), BUFFER)
