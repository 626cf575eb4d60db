"""Files in chunks to whoever takes them by plain HTTP: put together while they are sent.

Each holds a thread of the web server for as long as its client takes, so only so many are sent at once.
"""

import weakref
from collections.abc import Iterator
from functools import lru_cache
from threading import BoundedSemaphore

from django.conf import settings
from django.db import connection

from hub.downloads import wholes
from hub.errors import StreamsBusy
from storage.models import Reconstruction
from storage.xet import reading

# Chunks are gathered to pieces of at least so many bytes, because each piece is a call to the socket.
PIECE = 256 * 1024


class Stream:
    """Bytes `first` to `last` (inclusive) of a file, in pieces, as one of the few that a process sends.

    Raises StreamsBusy when there are as many already. It must be closed, which also ends the reads from S3.
    """

    def __init__(self, reconstruction: Reconstruction, first: int, last: int, *, sha256: str) -> None:
        wholes.about_to_stream(sha256=sha256, size=reconstruction.size, length=last + 1 - first)
        if not places().acquire(blocking=False):
            wholes.ask(sha256)
            raise StreamsBusy(
                "The hub is putting together as many files as it can at once. Try again in a moment; "
                "this one is being prepared meanwhile."
            )
        # Whatever becomes of the answer, its place is given back once.
        self._leave = weakref.finalize(self, places().release)
        self._leave.atexit = False
        self._chunks = reading.stream(reconstruction, first, last)
        self._sha256 = sha256
        self._sent = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in gathered(self._chunks):
            if not connection.in_atomic_block:
                # It is asked for a few terms at a time, and a client may take hours between them.
                connection.close()
            yield piece
            self._sent += len(piece)

    def close(self) -> None:
        """Stop reading, let the next one in, and note what was sent; closing twice is harmless."""
        self._chunks.close()
        self._leave()
        sent, self._sent = self._sent, 0
        if sent:
            wholes.streamed(sha256=self._sha256, length=sent)


@lru_cache(maxsize=1)
def places() -> BoundedSemaphore:
    """How many more files this process may send at once."""
    return BoundedSemaphore(settings.HUB_STREAMS)


def gathered(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PIECE and some; only the last is smaller."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        held.append(chunk)
        size += len(chunk)
        if size >= PIECE:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
