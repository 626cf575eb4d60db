"""Whole objects beside content in chunks: a cache in S3 for who takes files by plain HTTP.

Each is made once, by one worker at a time, and dropped when nobody has asked for it in a while.
"""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from storage import s3
from storage.errors import StorageError
from storage.keys import object_key
from storage.models import Blob, Leftover
from storage.parts import part_size
from storage.verification import GRACE
from storage.xet import reading

# The number of the advisory lock of whoever writes a whole object.
LOCK = int.from_bytes(b"wholes", "big")
# A worker holds up to three parts; what would need larger ones (from 640 GB on) is only ever streamed.
LARGEST_PART = 64 * 1024 * 1024
# As long may the writing of one take before it counts as given up.
UNFINISHED = timedelta(days=2)


class ContentLost(StorageError):
    """The chunks in the store are not those any more that were verified."""


def keep_whole(*, sha256: str) -> bool:
    """Write a file that lies in chunks as one object, too; False while another worker writes one.

    True also when there is nothing to do. ContentLost when the bytes have another sha256. A session's
    advisory lock is held, no row and no transaction, so it may take hours; a worker that dies gives the lock
    up with its connection, and what it wrote is a Leftover. Safe to run twice.
    """
    with _alone() as alone:
        blob = _lacking(sha256) if alone else None
        if blob is None:
            return alone
        key = object_key(sha256, uuid.uuid4())
        leftover = Leftover.objects.create(
            key=key, multipart_id=s3.begin_multipart(key), due_at=timezone.now() + UNFINISHED
        )
        try:
            _write(blob, leftover)
            _take_into_use(blob, leftover)
        finally:
            # Gone if the object is in use now.
            Leftover.objects.filter(pk=leftover.pk).update(due_at=timezone.now())
    return True


def note_pulled(sha256s: Iterable[str], *, at: datetime) -> None:
    """Note when files were last pulled by a link to a whole object that may be dropped; a row at a time."""
    for sha256 in sorted(sha256s):
        Blob.objects.filter(pk=sha256).exclude(key="").exclude(reconstruction=None).update(pulled_at=at)


def drop_cold(*, before: datetime, limit: int = 200) -> int:
    """Drop whole objects beside chunks that were last pulled `before`; how many.

    Links that were given out go on working: the objects themselves go later. One that was never noted as
    pulled, because it came before its chunks did, counts as pulled now.
    """
    wholes = Blob.objects.exclude(key="").exclude(reconstruction=None)
    wholes.filter(pulled_at=None).update(pulled_at=timezone.now())
    return sum(_drop(blob) for blob in wholes.filter(pulled_at__lt=before).only("key", "pulled_at")[:limit])


def delete_leftovers(*, limit: int = 200) -> int:
    """Delete objects, and parts of some, that nothing refers to and nobody has a link to any more; how many.

    The row is deleted first, in one transaction, so that one that is taken into use meanwhile stays.
    """
    due = Leftover.objects.filter(due_at__lt=timezone.now()).order_by("due_at")[:limit]
    return sum(_delete(leftover) for leftover in due)


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether this connection alone writes a whole object."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK])
        [alone] = cursor.fetchone()
        try:
            yield alone
        finally:
            if alone:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def _lacking(sha256: str) -> Blob | None:
    """The blob if it lies in chunks only, and can be written as one object."""
    chunked = Blob.objects.filter(pk=sha256, key="", condemned_at=None).exclude(reconstruction=None)
    blob = chunked.select_related("reconstruction").defer("data").first()
    return blob if blob is not None and part_size(blob.size) <= LARGEST_PART else None


def _write(blob: Blob, leftover: Leftover) -> None:
    """Read, hash and write a part at a time, while the part before is on its way; then put them together."""
    digest = hashlib.sha256()
    with ThreadPoolExecutor(1, thread_name_prefix="whole") as pool:
        sent: list[tuple[int, Future[str]]] = []
        for number, part in enumerate(_parts(reading.stream(blob.reconstruction), part_size(blob.size)), 1):
            for _, sending in sent[-1:]:
                sending.result()
            sent.append((number, pool.submit(s3.put_part, leftover.key, leftover.multipart_id, number, part)))
            digest.update(part)
        parts = [(number, sending.result()) for number, sending in sent]
    if digest.hexdigest() != blob.sha256:
        raise ContentLost(f"The chunks of {blob.sha256} have the sha256 {digest.hexdigest()} now.")
    s3.complete_multipart(leftover.key, leftover.multipart_id, parts)


def _parts(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The bytes in parts of `size`, the last one smaller, and one at least."""
    part = bytearray()
    number = 0
    for piece in pieces:
        part += piece
        while len(part) >= size:
            yield bytes(memoryview(part)[:size])
            del part[:size]
            number += 1
    if part or not number:
        yield bytes(part)


@transaction.atomic
def _take_into_use(blob: Blob, leftover: Leftover) -> None:
    """Give the blob its object unless it has got one meanwhile, or is gone; the object is a leftover then."""
    lacking = Blob.objects.filter(pk=blob.pk, key="").exclude(reconstruction=None)
    if lacking.update(key=leftover.key, pulled_at=timezone.now()) and not leftover.delete()[0]:
        raise ContentLost(f"The whole object of {blob.pk} was given up while it was written.")


@transaction.atomic
def _drop(blob: Blob) -> bool:
    same = Blob.objects.filter(pk=blob.pk, key=blob.key, pulled_at=blob.pulled_at)
    if not same.exclude(reconstruction=None).update(key=""):
        return False
    due = timezone.now() + timedelta(seconds=settings.DOWNLOAD_LINK_SECONDS + GRACE)
    Leftover.objects.create(key=blob.key, due_at=due)
    return True


@transaction.atomic
def _delete(leftover: Leftover) -> bool:
    if not Leftover.objects.filter(pk=leftover.pk).delete()[0]:
        return False
    if leftover.multipart_id:
        s3.abort_multipart(leftover.key, leftover.multipart_id)
    s3.delete(leftover.key)
    return True
