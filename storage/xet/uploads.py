"""Xorbs on their way in: a link, the bytes read and found whole, and only then a row in Xorb.

What was verified must stay what it is though the link lives on. Where the store has conditional writes
(settings.S3_CONDITIONAL_WRITES) the link writes only where there is nothing, so that the bytes are read and
kept where they arrived; they are deleted only when no row of Xorb can come to name that key any more.
Elsewhere they arrive in the staging area and are copied to a key that nobody was given before they are read.
"""

import time
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from storage import s3
from storage.errors import UploadIncomplete, UploadMismatch, UploadUnknown, UploadUnverified
from storage.keys import XORBS, staging_key, xorb_key
from storage.models import Xorb, XorbUpload
from storage.verification import alone, dead_before, delete_after_commit
from storage.xet.xorbs import Table, XorbInvalid, read_xorb

PIECE = 1024 * 1024
BATCH = 5000
# In seconds, between looks at what a worker is reading.
POLL = 0.1
State = XorbUpload.State
# What was offered so recently is not written again.
TOUCHED = timedelta(minutes=10)


def begin_xorb_upload(*, scope: str, hash: str, size: int, user: AbstractBaseUser | None) -> XorbUpload:
    """Note that somebody gets a link to write a xorb of `size` bytes."""
    upload = XorbUpload(scope=scope, hash=hash, size=size, created_by=user)
    in_place = settings.S3_CONDITIONAL_WRITES
    upload.key = xorb_key(hash, upload.id) if in_place else staging_key(upload.id)
    upload.save(force_insert=True)
    return upload


def xorb_link(upload: XorbUpload) -> str:
    """The link that writes the bytes of an open upload."""
    seconds = settings.XORB_LINK_SECONDS
    return s3.put_link(upload.key, size=upload.size, seconds=seconds, once=_in_place(upload))


def xorb_link_headers(upload: XorbUpload) -> dict[str, str]:
    """What has to be sent with the link, beside the bytes."""
    return dict(s3.ONCE) if _in_place(upload) else {}


def brought_before(*, scope: str, hash: str, size: int) -> bool:
    """Whether all bytes of a xorb have come into a scope, even if nobody said so, and were not refused."""
    known = XorbUpload.objects.filter(scope=scope, hash=hash).exclude(state=State.REFUSED)
    for upload in known.order_by("-created_at")[:8]:
        match upload.state:
            case State.VERIFIED if touch_xorb(hash):
                return True
            case State.RECEIVED if upload.size == size:
                return True
            case State.OPEN if upload.size == size and _arrived(upload):
                return True
    return False


def touch_xorb(hash: str) -> bool:
    """Say that somebody was told to count on a xorb; False when there is none, or it is about to go."""
    return Xorb.objects.filter(hash=hash, condemned_at=None).update(used_at=timezone.now()) == 1


def touch_xorbs(ids: Collection[int]) -> None:
    """Say that somebody was told of these xorbs; who waits for one of them to be locked says so itself."""
    old = timezone.now() - TOUCHED
    with transaction.atomic():
        stale = Xorb.objects.filter(pk__in=ids, condemned_at=None, used_at__lt=old).order_by("pk")
        stale = stale.select_for_update(no_key=True, skip_locked=True)
        Xorb.objects.filter(pk__in=stale.values("pk")).update(used_at=timezone.now())


def live_xorb_upload(*, scope: str, hash: str, upload_id: str) -> XorbUpload:
    """An upload of the xorb into the scope whose link has not died long ago; UploadUnknown otherwise."""
    live = XorbUpload.objects.filter(scope=scope, hash=hash, created_at__gte=_dead())
    try:
        upload = live.exclude(state=State.REFUSED).filter(pk=upload_id).first()
    except ValidationError:
        upload = None
    if upload is None:
        raise UploadUnknown("There is no such upload of a xorb, or it has ended.")
    return upload


def receive_xorb_upload(upload: XorbUpload) -> bool:
    """Note that the bytes are there in the declared size, UploadIncomplete or UploadMismatch otherwise.

    Whether they have to be verified, and nobody was asked to before.
    """
    if upload.state != State.OPEN:
        return False
    size = s3.size_of(upload.key)
    if size is None:
        raise UploadIncomplete("The bytes of this xorb have not been uploaded.")
    if size != upload.size:
        raise UploadMismatch(f"The xorb was declared as {upload.size} bytes, but {size} were uploaded.")
    return XorbUpload.objects.filter(pk=upload.pk, state=State.OPEN).update(state=State.RECEIVED) == 1


def verify_xorb_upload(*, upload_id: str | uuid.UUID) -> XorbUpload | None:
    """Read a xorb that was received, and keep it if it is what its hash says, else refuse it.

    An advisory lock is held meanwhile: whoever does not get it passes by (None), and with a worker that dies
    it is given up. The lock is for the upload, so two uploads of one xorb are both read, and the row of the
    first one's place stays.
    """
    with transaction.atomic():
        upload = XorbUpload.objects.filter(pk=upload_id).first() if alone(upload_id) else None
        if upload is None or upload.state != State.RECEIVED:
            return upload if upload is not None and upload.state != State.OPEN else None
        if s3.size_of(upload.key) is None:
            return _end(upload, State.REFUSED, "The uploaded bytes are gone; upload them again.")
        final = _final(upload)
        try:
            table = read_xorb(s3.stream(final), expected=upload.hash)
        except XorbInvalid as problem:
            delete_after_commit([final])
            return _end(upload, State.REFUSED, str(problem))
        if _keep(upload.hash, final, table) != final:
            delete_after_commit([final])
        elif upload.key == final:
            upload.key = ""
        return _end(upload, State.VERIFIED, "")


def settle_xorbs(*, scope: str, hashes: Collection[str], seconds: float) -> None:
    """Wait for those of the xorbs that came into the scope, and verify those here that no worker is reading.

    Some may not be there afterwards: they never came, or were refused. UploadUnverified after `seconds`.
    """
    until = time.monotonic() + seconds
    lacking = _lacking(hashes)
    while waiting := _received(scope, lacking):
        settled = 0
        for upload_id in waiting:
            if time.monotonic() > until:
                raise UploadUnverified(f"{len(lacking)} xorbs are still being verified.")
            settled += verify_xorb_upload(upload_id=upload_id) is not None
        if not settled:
            time.sleep(POLL)
        lacking = _lacking(lacking)


def why_lacking(*, scope: str, hashes: Collection[str]) -> str:
    """What to tell a scope that may not use some xorbs; the same whether they are there or not."""
    hash = min(hashes)
    refused = XorbUpload.objects.filter(scope=scope, hash=hash, state=State.REFUSED).order_by("-created_at")
    error = refused.values_list("error", flat=True).first()
    otherwise = "or not with the chunks that a term's range hash is of"
    return f"The xorb {hash} was not uploaded{f': {error}' if error else f', {otherwise}.'}"


def keep_xorb(*, scope: str, hash: str, file: BinaryIO, size: int, user: AbstractBaseUser | None) -> bool:
    """Verify a xorb in a file of `size` bytes, and put it to S3 unless it is there; whether it was new here.

    XorbInvalid when it is not what its hash says.
    """
    file.seek(0)
    table = read_xorb(iter(lambda: file.read(PIECE), b""), expected=hash)
    if not _revive(hash):
        key = xorb_key(hash, uuid.uuid4())
        file.seek(0)
        s3.put(key, file)
        with transaction.atomic():
            if _keep(hash, key, table) != key:
                delete_after_commit([key])
    brought = {"scope": scope, "hash": hash, "state": State.VERIFIED}
    if XorbUpload.objects.filter(**brought).exists():
        return False
    XorbUpload.objects.create(**brought, size=size, created_by=user)
    return True


def waiting_xorbs(*, asked_before: timedelta, limit: int) -> list[str]:
    """Uploads whose verification was asked for that long ago and has not ended, oldest first."""
    stale = timezone.now() - asked_before
    waiting = XorbUpload.objects.filter(state=State.RECEIVED).filter(
        Q(queued_at__lt=stale) | Q(queued_at=None, created_at__lt=stale)
    )
    return [str(pk) for pk in waiting.order_by("queued_at").values_list("pk", flat=True)[:limit]]


def note_xorbs_queued(upload_ids: list[str]) -> None:
    """Remember when verification was last asked for, so that the sweep does not ask again at once."""
    XorbUpload.objects.filter(pk__in=upload_ids).update(queued_at=timezone.now())


def discard_dead_xorbs(*, limit: int = 200) -> int:
    """Forget uploads whose links have died, with what they may have written last; returns how many.

    Until then it is remembered who brought a xorb, so that what was broken off goes on. Each upload is
    claimed by its state, so one that arrives meanwhile stays.
    """
    dead = XorbUpload.objects.filter(created_at__lt=_dead()).exclude(state=State.RECEIVED)
    uploads = list(dead.order_by("created_at")[:limit])
    for upload in uploads:
        ended = State.REFUSED if upload.state == State.OPEN else upload.state
        if not XorbUpload.objects.filter(pk=upload.pk, state=upload.state).update(state=ended):
            continue
        if upload.key:
            s3.delete(upload.key)
        upload.delete()
    return len(uploads)


def _lacking(hashes: Collection[str]) -> set[str]:
    """Which of the xorbs are not there."""
    lacking = set(hashes)
    for batch in _batches(hashes):
        lacking.difference_update(Xorb.objects.filter(hash__in=batch).values_list("hash", flat=True))
    return lacking


def _received(scope: str, hashes: Collection[str]) -> list[uuid.UUID]:
    """Uploads of xorbs into the scope that wait to be verified, newest first: workers take the oldest."""
    waiting: list[tuple[datetime, uuid.UUID]] = []
    for batch in _batches(hashes):
        rows = XorbUpload.objects.filter(scope=scope, hash__in=batch, state=State.RECEIVED)
        waiting += rows.values_list("created_at", "pk")
    return [pk for _, pk in sorted(waiting, reverse=True)]


def _batches(hashes: Collection[str]) -> Iterator[list[str]]:
    rest = iter(hashes)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _dead() -> datetime:
    return dead_before(settings.XORB_LINK_SECONDS)


def _arrived(upload: XorbUpload) -> bool:
    """Whether the bytes of an open upload are there, though nobody said so."""
    try:
        receive_xorb_upload(upload)
    except (UploadIncomplete, UploadMismatch):
        return False
    return upload.created_at >= _dead()


def _revive(hash: str) -> bool:
    """Take a xorb that is there back into use, even if it was about to go."""
    found = Xorb.objects.filter(hash=hash)
    return found.update(used_at=timezone.now(), condemned_at=None) == 1


def _keep(hash: str, key: str, table: Table) -> str:
    """Make a verified xorb known; the key of its place, which is another when it was there before.

    One statement, so that two who bring the same agree, and one that is about to go is taken back.
    """
    row = Xorb(
        hash=hash,
        key=key,
        size=table.size,
        length=table.length,
        chunks=table.chunks,
        hashes=table.hashes,
        ends=table.ends,
        used_at=timezone.now(),
    )
    Xorb.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["hash"], update_fields=["used_at", "condemned_at"]
    )
    return Xorb.objects.values_list("key", flat=True).get(hash=hash)


def _in_place(upload: XorbUpload) -> bool:
    """Whether the link writes once, to where the xorb is to stay."""
    return upload.key.startswith(XORBS)


def _final(upload: XorbUpload) -> str:
    """Where the bytes are that the link cannot change any more."""
    if _in_place(upload):
        return upload.key
    final = xorb_key(upload.hash, uuid.uuid4())
    s3.copy(upload.key, final, size=upload.size)
    return final


def _end(upload: XorbUpload, state: str, error: str) -> XorbUpload:
    """Say how it ended. What the upload has still is deleted, and once more when the link has died.

    In between the link can write again where it was deleted, to a key that no row of Xorb will ever name.
    """
    upload.state, upload.error = state, error[:300]
    upload.save(update_fields=["state", "error", "key"])
    delete_after_commit([upload.key])
    return upload
