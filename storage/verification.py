"""What every verification of uploaded bytes needs: to be alone with an upload, and to tidy up afterwards."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from storage import s3

# After the links have died, in seconds: the last bytes may still be on their way.
GRACE = 3600


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
