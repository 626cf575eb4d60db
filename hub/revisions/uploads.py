"""Large files on their way into a repository: links out, bytes checked, possession noted."""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from celery import signature
from django.conf import settings
from django.db import transaction
from django.db.models import Q
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
from storage.errors import UploadIncomplete, UploadMismatch, UploadUnknown
from storage.models import Upload

SWEEP_BATCH = 500
# Of several uploads of one object the furthest counts, a refused one only when there is no other.
PREFERRED = [Upload.State.VERIFIED, Upload.State.RECEIVED, Upload.State.OPEN, Upload.State.REFUSED]
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


def finish_upload(*, upload_id: str, parts: list[tuple[int, str]], repo: Repository | None = None) -> None:
    """Put the parts (number, ETag) together, and have a large object verified at once.

    With `repo`, another repository's upload is unknown; without, the caller has shown a signed address.
    Raises UploadUnknown, UploadIncomplete, UploadMismatch.
    """
    if repo is not None and uploads.live_upload(upload_id).scope != repo.subject:
        raise UploadUnknown("There is no such upload, or it has ended.")
    _received(uploads.complete_upload(upload_id=upload_id, parts=parts))


def confirm_upload(*, repo: Repository, sha256: str, size: int) -> None:
    """Check that an object has arrived in its declared size; BlobMissing, BlobRefused, InvalidInput."""
    held = RepositoryBlob.objects.filter(repository=repo, sha256=sha256, size=size)
    if held.exclude(state=RepositoryBlob.State.REFUSED).exists():
        return
    found = _candidates(repo, {sha256}, size=size).get(sha256)
    if found is None:
        raise BlobMissing(f"No upload of the object {sha256} with {size} bytes was begun here.")
    _received(_not_refused(_arrived(found)))


def settle_uploads(*, repository: Repository, sha256s: Collection[str]) -> None:
    """Turn finished uploads into the repository's blobs, before a commit names them.

    Small ones are read and verified here; large ones are noted as being checked and left to the workers.
    BlobRefused for bytes that are not what was declared: they never become the repository's. Their upload
    stays noted as refused, because its link can still write to where the sweep must clean up.
    """
    present = RepositoryBlob.objects.filter(
        repository=repository, sha256__in=sha256s, state=RepositoryBlob.State.PRESENT
    )
    missing = set(sha256s) - set(present.values_list("sha256", flat=True))
    budget = settings.VERIFY_INLINE_TOTAL
    settled = []
    for candidates in _candidates(repository, missing).values():
        upload = _arrived(candidates)
        small = upload.size <= min(settings.VERIFY_INLINE_LIMIT, budget)
        if small and upload.state == Upload.State.RECEIVED:
            budget -= upload.size
            upload = uploads.verify_upload(upload_id=str(upload.pk)) or upload
        settled.append(_not_refused(upload))
    _note(repository, settled)


def _note(repository: Repository, settled: list[Upload]) -> None:
    """Tie uploads to the repository as their states allow, in one statement and by order of hash."""
    verified, state = Upload.State.VERIFIED, RepositoryBlob.State
    RepositoryBlob.objects.bulk_create(
        [
            RepositoryBlob(
                repository=repository,
                sha256=upload.sha256,
                size=upload.size,
                upload=upload,
                state=state.PRESENT if upload.state == verified else state.CHECKING,
            )
            for upload in sorted(settled, key=lambda one: one.sha256)
        ],
        update_conflicts=True,
        unique_fields=["repository", "sha256"],
        update_fields=["size", "upload", "state", "path", "commit"],
    )
    waiting = [str(upload.pk) for upload in settled if upload.state != verified]
    transaction.on_commit(lambda: _enqueue(waiting))


@transaction.atomic
def verify(*, upload_id: str) -> None:
    """Verify one upload and tell the repository that waits for it; safe to run twice, by two workers."""
    upload = uploads.verify_upload(upload_id=upload_id)
    if upload is None:
        return
    verified = upload.state == Upload.State.VERIFIED
    waiting = RepositoryBlob.objects.filter(upload=upload, state=RepositoryBlob.State.CHECKING)
    # Told once, and only if a commit waits for it: one that comes later tells of its blobs itself.
    if not waiting.update(state=RepositoryBlob.State.PRESENT if verified else RepositoryBlob.State.REFUSED):
        return
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
    ids = [str(pk) for pk in waiting.order_by("queued_at").values_list("pk", flat=True)[:SWEEP_BATCH]]
    ended = RepositoryBlob.objects.filter(
        state=RepositoryBlob.State.CHECKING,
        upload__state__in=[Upload.State.VERIFIED, Upload.State.REFUSED],
    )
    ids += [str(pk) for pk in ended.values_list("upload_id", flat=True)[:SWEEP_BATCH]]
    _enqueue(ids)
    return len(ids)


def _candidates(repository: Repository, sha256s: Collection[str], **more: int) -> dict[str, list[Upload]]:
    """Uploads of objects into a repository: sha256 → those that are furthest first, then the newest."""
    rows = Upload.objects.filter(scope=repository.subject, sha256__in=sha256s, **more).order_by("-created_at")
    found: dict[str, list[Upload]] = {}
    for upload in sorted(rows, key=lambda one: PREFERRED.index(one.state)):
        found.setdefault(upload.sha256, []).append(upload)
    return found


def _arrived(candidates: list[Upload]) -> Upload:
    """The first that has bytes; the last one's BlobMissing when none has."""
    *others, last = candidates
    for upload in others:
        if upload.state != Upload.State.OPEN:
            return upload
        with suppress(BlobMissing):
            return _receive(upload)
    return last if last.state != Upload.State.OPEN else _receive(last)


def _not_refused(upload: Upload) -> Upload:
    if upload.state == Upload.State.REFUSED:
        raise BlobRefused(f"The object {upload.sha256} was refused: {upload.error}")
    return upload


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
        transaction.on_commit(lambda: _enqueue([str(upload.pk)]))


def _enqueue(upload_ids: list[str]) -> None:
    uploads.note_queued(upload_ids)
    for upload_id in upload_ids:
        enqueue(VERIFY, upload_id)
