"""One seekable, buffered reader over any blob, wherever its bytes are kept."""

import io

from storage import s3
from storage.models import Blob

BUFFER = 256 * 1024


class RangeReader(io.RawIOBase):
    """A read-only file over an S3 object; every read is one ranged request of just the bytes asked for."""

    def __init__(self, key: str, size: int) -> None:
        super().__init__()
        self.key = key
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
            raise ValueError("negative seek position")
        self.position = base + offset
        return self.position

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer` from the store, or as much of it as there is."""
        wanted = min(len(buffer), self.size - self.position)
        if wanted <= 0:
            return 0
        data = s3.read_range(self.key, self.position, wanted)
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


def open_blob(blob: Blob) -> io.BufferedIOBase:
    """A seekable reader over the blob's bytes; use it as a context manager."""
    if blob.data is not None:
        return io.BytesIO(bytes(blob.data))
    return io.BufferedReader(RangeReader(blob.key, blob.size), BUFFER)
