"""Single objects of the rooms above, which name them by keys of their own (`storage.keys`)."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import BinaryIO

from django.utils import timezone

from storage import s3
from storage.errors import UploadUnknown
from storage.models import Leftover

# So long an object waits for the transaction that keeps it.
UNKEPT = timedelta(hours=1)


def bring(key: str, file: BinaryIO) -> None:
    """Write an object, which goes again by itself unless it is kept within an hour."""
    Leftover.objects.create(key=key, due_at=timezone.now() + UNKEPT)
    s3.put(key, file)


def keep(key: str) -> None:
    """Let an object stay that was brought, in the transaction of the row that names it; UploadUnknown."""
    if not Leftover.objects.filter(key=key).delete()[0]:
        raise UploadUnknown("This took too long. Upload it again.")


def give_up(keys: Iterable[str]) -> None:
    """Have objects deleted soon, in the transaction that deletes the rows that named them."""
    Leftover.objects.bulk_create(Leftover(key=key, due_at=timezone.now()) for key in keys)


def read(key: str, first: int, last: int) -> Iterator[bytes]:
    """Bytes `first` to `last` of an object, a piece at a time."""
    yield from s3.stream_range(key, first, last - first + 1)
