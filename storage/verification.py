"""What every verification of uploaded bytes needs: to be alone with an upload, and to tidy up afterwards.

Whoever wants the bytes of every file as well hears them meanwhile, so that they are read once.
"""

import uuid
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from storage import s3

# After the links have died, in seconds: the last bytes may still be on their way.
GRACE = 3600


class Listener(Protocol):
    """Hears one file; it raises nothing, for the bytes are no worse when it fails."""

    def hear(self, piece: bytes) -> None:
        """The next bytes."""

    def end(self, *, verified: bool) -> None:
        """No more will come; `verified` says that they are what was declared, and become a blob."""


# What makes a listener for a file of this sha256 and size as they were declared, or None.
_beginnings: list[Callable[[str, int], Listener | None]] = []


def listen(begin: Callable[[str, int], Listener | None]) -> None:
    """Have `begin` asked for a listener before the bytes of a file are read."""
    _beginnings.append(begin)


def listeners(sha256: str, size: int) -> list[Listener]:
    """Those who want to hear this file."""
    return [listener for begin in _beginnings if (listener := begin(sha256, size))]


def alone(upload_id: str | uuid.UUID) -> bool:
    """Whether this transaction alone works on the upload; no row is locked, so it can be linked and noted."""
    number = int.from_bytes(uuid.UUID(str(upload_id)).bytes[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        return cursor.fetchone()[0]


def delete_after_commit(keys: Iterable[str]) -> None:
    """Delete objects that nothing refers to; a store that fails now leaves them to the garbage collection."""
    named = {key for key in keys if key}
    transaction.on_commit(lambda: [s3.delete(key) for key in named], robust=True)


def counts_since() -> datetime:
    """Finished uploads begun before this may be forgotten soon: nobody is told to count on them any more."""
    return timezone.now() - timedelta(seconds=settings.COLLECT_UPLOADS_AFTER / 2)


def dead_before(seconds: int) -> datetime:
    """When links of `seconds` were made that cannot write any more; an hour's grace for bytes in flight."""
    return timezone.now() - timedelta(seconds=seconds + GRACE)
