"""Small contents on their way into the database: hashed once, read again only when they are written."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import Self

from storage.git.objects import object_id, parse_pointer

# A commit of this many bytes stays in memory; a longer one goes to a file without a name.
IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Content:
    """A small file's ids and size, what it points to if it is a Git LFS pointer, and how to read it."""

    sha256: str
    oid: str
    size: int
    pointer: tuple[str, int] | None
    read: Callable[[], bytes]

    @classmethod
    def of(cls, data: bytes, read: Callable[[], bytes] | None = None) -> Self:
        """What `data` is; `read` gives it again, by default out of memory."""
        return cls(
            hashlib.sha256(data).hexdigest(),
            object_id("blob", data),
            len(data),
            parse_pointer(data),
            read or partial(bytes, data),
        )


class Spool:
    """Contents in a temporary file that has no name, so that nothing is left of it however a request ends."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def keep(self, data: bytes) -> Content:
        """Put a content down; it can be read for as long as the spool is open."""
        start = self._end
        self._file.seek(start)
        self._file.write(data)
        self._end += len(data)
        return Content.of(data, partial(self._read, start, len(data)))

    def _read(self, start: int, size: int) -> bytes:
        self._file.seek(start)
        return self._file.read(size)


def batches(contents: Iterable[Content], *, rows: int, size: int) -> Iterator[list[Content]]:
    """The contents in lists of at most `rows`, and of `size` bytes together unless one alone has more."""
    batch: list[Content] = []
    total = 0
    for content in contents:
        if batch and (len(batch) == rows or total + content.size > size):
            yield batch
            batch, total = [], 0
        batch.append(content)
        total += content.size
    if batch:
        yield batch
