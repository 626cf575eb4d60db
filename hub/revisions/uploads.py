"""Large files on their way into a repository: links out, bytes checked, possession noted."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from celery import signature
from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from hub.errors import BlobMissing, BlobRefused, InvalidInput
from hub.events import Event
from hub.queue import enqueue
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.possession import SHA256
from storage import uploads
from storage.errors import UploadIncomplete, UploadMismatch
from storage.models import Upload

SWEEP_BATCH = 500
# By name: the task is a door above this room.
VERIFY = signature("hub.revisions.tasks.verify")


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """What a client needs to bring its bytes: nothing when `present`, else one URL or one for each part."""

    present: bool
    upload_id: str = ""
    part_size: int = 0
    part_urls: tuple[str, ...] = ()
    multipart: bool = False


def begin_upload(
    *, repo: Repository, actor_user: User, sha256: str, size: int, multipart: bool = True
) -> UploadTicket:
    """Links to write an object to S3, or word that this repository has it.

    Another repository's having it is no answer: that would tell whoever knows a hash. InvalidInput names
    the wrong field.
    """
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise InvalidInput("The oid must be a sha256 in lower-case hexadecimal.", "oid")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= settings.MAX_FILE_SIZE:
        raise InvalidInput(f"The size must be a number from 0 to {settings.MAX_FILE_SIZE}.", "size")
    held = RepositoryBlob.objects.filter(repository=repo, sha256=sha256, size=size)
    if held.exclude(state=RepositoryBlob.State.REFUSED).exists():
        return UploadTicket(present=True)
    links = uploads.begin_upload(
        scope=repo.subject, sha256=sha256, size=size, user=actor_user, multipart=multipart
    )
    return UploadTicket(False, str(links.upload.pk), links.part_size, tuple(links.urls), links.multipart)


def finish_upload(*, upload_id: str, parts: list[tuple[int, str]]) -> None:
    """Put the parts (number, ETag) together, and have a large object verified at once.

    Raises UploadUnknown, UploadIncomplete, UploadMismatch.
    """
    _received(uploads.complete_upload(upload_id=upload_id, parts=parts))


def confirm_upload(*, repo: Repository, sha256: str, size: int) -> None:
    """Check that the bytes of an object have arrived in the declared size; BlobMissing, InvalidInput."""
    held = RepositoryBlob.objects.filter(repository=repo, sha256=sha256, size=size)
    if held.exists():
        return
    upload = _uploads_of(repo, {sha256}).filter(size=size).first()
    if upload is None:
        raise BlobMissing(f"No upload of the object {sha256} with {size} bytes was begun here.")
    if upload.state == Upload.State.OPEN:
        _received(_receive(upload))


def settle_uploads(*, repository: Repository, sha256s: Collection[str]) -> None:
    """Turn finished uploads into the repository's blobs, before a commit names them.

    Small ones are read and verified here; large ones are noted as being checked and left to the workers.
    BlobRefused for bytes that are not what was declared: they leave no row behind.
    """
    present = RepositoryBlob.objects.filter(
        repository=repository, sha256__in=sha256s, state=RepositoryBlob.State.PRESENT
    )
    missing = set(sha256s) - set(present.values_list("sha256", flat=True))
    budget = settings.VERIFY_INLINE_TOTAL
    latest: dict[str, Upload] = {}
    for upload in _uploads_of(repository, missing):
        latest.setdefault(upload.sha256, upload)
    for upload in latest.values():
        if upload.state == Upload.State.OPEN:
            upload = _receive(upload)
        small = upload.size <= min(settings.VERIFY_INLINE_LIMIT, budget)
        if small and upload.state == Upload.State.RECEIVED:
            budget -= upload.size
            upload = uploads.verify_upload(upload_id=str(upload.pk)) or upload
        _note(repository, upload)


def _note(repository: Repository, upload: Upload) -> None:
    """Tie an upload to the repository as its state allows."""
    if upload.state == Upload.State.REFUSED:
        error = upload.error
        upload.delete()
        raise BlobRefused(f"The object {upload.sha256} was refused: {error}")
    verified = upload.state == Upload.State.VERIFIED
    RepositoryBlob.objects.update_or_create(
        repository=repository,
        sha256=upload.sha256,
        defaults={
            "size": upload.size,
            "upload": upload,
            "state": RepositoryBlob.State.PRESENT if verified else RepositoryBlob.State.CHECKING,
        },
    )
    if not verified:
        _queue(upload)


@transaction.atomic
def verify(*, upload_id: str) -> None:
    """Verify one upload and tell the repository that waits for it; safe to run twice, by two workers."""
    upload = uploads.verify_upload(upload_id=upload_id)
    if upload is None:
        return
    verified = upload.state == Upload.State.VERIFIED
    waiting = RepositoryBlob.objects.filter(upload=upload, state=RepositoryBlob.State.CHECKING)
    waiting.update(state=RepositoryBlob.State.PRESENT if verified else RepositoryBlob.State.REFUSED)
    audit.record(
        Event.UPLOAD_VERIFIED if verified else Event.UPLOAD_REFUSED,
        actor=None,
        subject=upload.scope,
        sha256=upload.sha256,
        size=upload.size,
        error=upload.error,
    )


def resume_waiting() -> int:
    """Ask again for verifications that were asked for a while ago and have not ended; returns how many."""
    stale = timezone.now() - timedelta(seconds=settings.RECHECK_AFTER)
    waiting = Upload.objects.filter(state=Upload.State.RECEIVED).filter(
        Q(queued_at__lt=stale) | Q(queued_at=None, created_at__lt=stale)
    )
    ids = [str(pk) for pk in waiting.values_list("pk", flat=True)[:SWEEP_BATCH]]
    _enqueue(ids)
    return len(ids)


def unverified_key(repository: Repository, sha256: str) -> str | None:
    """The key of bytes that are still being checked, which only the repository's writers may be sent to."""
    row = (
        RepositoryBlob.objects.filter(
            repository=repository, sha256=sha256, state=RepositoryBlob.State.CHECKING
        )
        .select_related("upload")
        .first()
    )
    return row.upload.key if row and row.upload else None


def _uploads_of(repository: Repository, sha256s: Collection[str]) -> QuerySet[Upload]:
    """Uploads into a repository, the newest first."""
    return Upload.objects.filter(scope=repository.subject, sha256__in=sha256s).order_by("-created_at")


def _receive(upload: Upload) -> Upload:
    try:
        if upload.multipart_id:
            raise UploadIncomplete("The parts of this object have not been put together.")
        return uploads.receive_upload(upload)
    except UploadIncomplete as problem:
        raise BlobMissing(f"The object {upload.sha256} has not arrived: {problem}") from problem
    except UploadMismatch as problem:
        raise InvalidInput(f"The object {upload.sha256} was refused: {problem}", "size") from problem


def _received(upload: Upload) -> None:
    if upload.state == Upload.State.RECEIVED and upload.size > settings.VERIFY_INLINE_LIMIT:
        _queue(upload)


def _queue(upload: Upload) -> None:
    transaction.on_commit(lambda: _enqueue([str(upload.pk)]))


def _enqueue(upload_ids: list[str]) -> None:
    uploads.note_queued(upload_ids)
    for upload_id in upload_ids:
        enqueue(VERIFY, upload_id)
