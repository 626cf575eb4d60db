"""From a link that writes to verified bytes: begin, receive, verify.

Nothing a client says about its bytes is believed: they are read, from a key that no client was ever given.
"""

import hashlib
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from botocore.exceptions import ClientError
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from storage import s3
from storage.errors import UploadIncomplete, UploadMismatch, UploadUnknown
from storage.keys import object_key, staging_key
from storage.models import Upload
from storage.parts import is_multipart, part_size
from storage.services import hold_blobs, keep_object
from storage.verification import Listener, alone, dead_before, delete_after_commit, listeners
from storage.xet import reading

LIVE = (Upload.State.OPEN, Upload.State.RECEIVED)
HELD = "SELECT id, state, sha256 FROM storage_upload WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE"


@dataclass(frozen=True, slots=True)
class Links:
    """Where a client writes: one URL for a single PUT, or one for each part of `part_size` bytes."""

    upload: Upload
    urls: list[str]
    part_size: int

    @property
    def multipart(self) -> bool:
        """Whether the parts must be put together by the server afterwards."""
        return bool(self.upload.multipart_id)


def begin_upload(
    *,
    scope: str,
    sha256: str,
    size: int,
    user: AbstractBaseUser | None,
    multipart: bool,
    least_part: int = 0,
) -> Links:
    """Open an upload and sign its links; S3 is called once, and only for a multipart upload."""
    upload = Upload(scope=scope, sha256=sha256, size=size, created_by=user)
    if is_multipart(size, wanted=multipart):
        upload.key = object_key(sha256, upload.id)
        upload.part_size = part_size(size, least=least_part)
        upload.multipart_id = s3.begin_multipart(upload.key)
    else:
        upload.key = staging_key(upload.id)
    upload.save(force_insert=True)
    return links_of(upload)


def links_of(upload: Upload) -> Links:
    """Fresh links for an open upload."""
    if not upload.multipart_id:
        return Links(upload, [s3.put_link(upload.key, size=upload.size)], upload.size)
    sizes = part_sizes(upload.size, upload.part_size)
    urls = [
        s3.part_link(upload.key, multipart_id=upload.multipart_id, number=number, size=size)
        for number, size in enumerate(sizes, start=1)
    ]
    return Links(upload, urls, upload.part_size)


def part_sizes(size: int, part_size: int) -> list[int]:
    """How many bytes each part has; only the last may be smaller."""
    return [min(part_size, size - start) for start in range(0, size, part_size)]


def complete_upload(*, upload_id: str, parts: list[tuple[int, str]] | None = None) -> Upload:
    """Put a multipart upload together; UploadIncomplete when parts are missing, short or not as listed.

    Without a list those parts count that the store has. Completing it twice is harmless. Afterwards no link
    of the upload can write any more.
    """
    upload = live_upload(upload_id)
    if not upload.multipart_id or upload.state == Upload.State.RECEIVED:
        return receive_upload(upload)
    expected = part_sizes(upload.size, upload.part_size)
    if parts is not None and sorted(number for number, _ in parts) != list(range(1, len(expected) + 1)):
        raise UploadIncomplete(f"The upload has {len(expected)} parts; name each of them once.")
    if s3.size_of(upload.key) is None:
        _assemble(upload, parts, expected)
    return receive_upload(upload)


def receive_if_whole(upload: Upload) -> bool:
    """Whether all bytes of an open upload have arrived, though nobody said so; parts are put together."""
    if upload.created_at < _dead_before():
        return False
    try:
        if upload.multipart_id:
            complete_upload(upload_id=str(upload.pk))
        else:
            receive_upload(upload)
    except (ClientError, UploadIncomplete, UploadMismatch, UploadUnknown):
        return False
    return True


def _assemble(upload: Upload, parts: list[tuple[int, str]] | None, expected: list[int]) -> None:
    try:
        arrived = s3.uploaded_parts(upload.key, upload.multipart_id)
        short = [n for n, size in enumerate(expected, start=1) if arrived.get(n, ("", -1))[1] != size]
        if short:
            raise UploadIncomplete(f"Part {short[0]} of {len(expected)} has not arrived in full.")
        listed = parts or [(number, etag) for number, (etag, _) in arrived.items()]
        s3.complete_multipart(upload.key, upload.multipart_id, sorted(listed))
    except ClientError as problem:
        raise UploadIncomplete(f"The parts could not be put together: {problem}") from problem


def live_upload(upload_id: str) -> Upload:
    """An upload that has not ended and whose links have not died long ago; UploadUnknown otherwise."""
    try:
        upload = Upload.objects.filter(pk=upload_id, state__in=LIVE, created_at__gte=_dead_before()).first()
    except ValidationError:
        upload = None
    if upload is None:
        raise UploadUnknown("There is no such upload, or it has ended.")
    return upload


def _dead_before() -> datetime:
    """Links of uploads begun before this cannot write any more."""
    return dead_before(settings.UPLOAD_LINK_SECONDS)


def receive_upload(upload: Upload) -> Upload:
    """Note that the bytes are there in the declared size; UploadIncomplete or UploadMismatch otherwise."""
    if upload.state == Upload.State.RECEIVED:
        return upload
    size = s3.size_of(upload.key)
    if size is None:
        raise UploadIncomplete("The bytes of this object have not been uploaded.")
    if size != upload.size:
        raise UploadMismatch(f"The object was declared as {upload.size} bytes, but {size} were uploaded.")
    if Upload.objects.filter(pk=upload.pk, state=Upload.State.OPEN).update(state=Upload.State.RECEIVED):
        upload.state = Upload.State.RECEIVED
    else:
        upload.refresh_from_db()
    return upload


def verify_upload(*, upload_id: str) -> Upload | None:
    """Read the bytes, and make them a blob if their sha256 is the declared one, else refuse them.

    An advisory lock is held meanwhile, so a second worker passes by (None), and a worker that dies gives
    the lock up with its connection. It is not the row's lock: commits go on referring to the row, and the
    sweep goes on writing to it, however long the reading takes. Safe to run twice.
    """
    with transaction.atomic():
        upload = Upload.objects.filter(pk=upload_id).first() if alone(upload_id) else None
        if upload is None or upload.state != Upload.State.RECEIVED:
            return upload if upload is not None and upload.state not in LIVE else None
        if upload.reconstruction_id:
            return _verify_chunks(upload)
        if s3.size_of(upload.key) is None:
            return _refuse(upload, upload.key, "The uploaded bytes are gone; upload them again.")
        final = _final_key(upload)
        mismatch = _mismatch(s3.stream(final), upload)
        if mismatch:
            return _refuse(upload, final, mismatch)
        blob = keep_object(sha256=upload.sha256, size=upload.size, key=final)
        upload.state = Upload.State.VERIFIED
        upload.save(update_fields=["state"])
        spare = {upload.key, final} - {blob.key}
        delete_after_commit(spare)
        return upload


@transaction.atomic
def hold_uploads(upload_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Keep uploads, and the blobs of verified ones, from the garbage collection; id → state as it is now.

    Until the transaction ends, in which they are referred to. Those that are gone are left out.
    """
    with connection.cursor() as cursor:
        cursor.execute(HELD, [sorted(upload_ids)])
        rows = cursor.fetchall()
    verified = {sha256 for _, state, sha256 in rows if state == Upload.State.VERIFIED}
    there = hold_blobs(verified) if verified else verified
    return {pk: state for pk, state, sha256 in rows if sha256 in there or sha256 not in verified}


def note_queued(upload_ids: list[str]) -> None:
    """Remember when verification was last asked for, so that the sweep does not ask again at once."""
    Upload.objects.filter(pk__in=upload_ids).update(queued_at=timezone.now())


def discard_expired(*, limit: int = 200) -> int:
    """Clean up after uploads whose links have died: unfinished ones go, staged bytes go for good.

    A single PUT's link lives on after verification, so its staging key is emptied once more here. Each upload
    is claimed by its state before anything is deleted, so one that is completed meanwhile keeps its bytes.
    """
    expired = (
        Upload.objects.filter(created_at__lt=_dead_before())
        .exclude(key="")
        .exclude(state=Upload.State.RECEIVED)
    )
    expired = expired.filter(~Q(state=Upload.State.VERIFIED) | Q(multipart_id=""))[:limit]
    for upload in expired:
        if not Upload.objects.filter(pk=upload.pk, state=upload.state).update(state=_ended(upload)):
            continue
        if upload.multipart_id:
            s3.abort_multipart(upload.key, upload.multipart_id)
        s3.delete(upload.key)
        Upload.objects.filter(pk=upload.pk).update(key="")
    return len(expired)


def forget_uploads(*, scope: str, sha256s: Collection[str]) -> None:
    """Let earlier uploads of objects count no longer in a scope: to use them again is to upload them again.

    What a multipart upload wrote is the blob itself, and chunks are other files' as well, so only their rows
    go; a single PUT's staging key is left to the sweep.
    """
    ended = Upload.objects.filter(scope=scope, sha256__in=sha256s, state=Upload.State.VERIFIED)
    ended.exclude(multipart_id="", reconstruction=None).delete()
    ended.update(state=Upload.State.REFUSED, error="It was deleted from the repository.")


def _ended(upload: Upload) -> str:
    return Upload.State.REFUSED if upload.state == Upload.State.OPEN else upload.state


def _final_key(upload: Upload) -> str:
    """The key to read from: a multipart upload is complete where it is, a single PUT is copied away.

    Each attempt copies to a key of its own, so that one that lost its lock cannot write over the bytes that
    another has verified.
    """
    if upload.multipart_id:
        return upload.key
    final = object_key(upload.sha256, uuid.uuid4())
    s3.copy(upload.key, final, size=upload.size)
    return final


def _verify_chunks(upload: Upload) -> Upload:
    """Put the file together as it will be read later; its chunks are verified and cannot go meanwhile.

    If the store lost them, the error is the store's, and the sweep tries again.
    """
    mismatch = _mismatch(reading.stream(upload.reconstruction), upload)
    if mismatch:
        return _refuse(upload, "", mismatch)
    keep_object(sha256=upload.sha256, size=upload.size, reconstruction=upload.reconstruction_id)
    upload.state = Upload.State.VERIFIED
    upload.save(update_fields=["state"])
    return upload


def _mismatch(pieces: Iterable[bytes], upload: Upload) -> str:
    """What is wrong with the bytes, or nothing; whoever listens hears them, and how it ended."""
    hearing = listeners(upload.sha256, upload.size)
    verified = False
    try:
        mismatch = _difference(_heard(pieces, hearing), upload)
        verified = not mismatch
    finally:
        for one in hearing:
            one.end(verified=verified)
    return mismatch


def _heard(pieces: Iterable[bytes], hearing: list[Listener]) -> Iterator[bytes]:
    for piece in pieces:
        for one in hearing:
            one.hear(piece)
        yield piece


def _difference(pieces: Iterable[bytes], upload: Upload) -> str:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
    if size != upload.size:
        return f"The object was declared as {upload.size} bytes, but {size} were uploaded."
    if digest.hexdigest() != upload.sha256:
        return f"The uploaded bytes have the sha256 {digest.hexdigest()}, not the declared {upload.sha256}."
    return ""


def _refuse(upload: Upload, final: str, error: str) -> Upload:
    upload.state, upload.error = Upload.State.REFUSED, error
    upload.save(update_fields=["state", "error"])
    delete_after_commit({upload.key, final})
    return upload
