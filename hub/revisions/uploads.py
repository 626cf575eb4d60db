"""Large files on their way into a repository: links out, bytes checked, possession noted."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts import audit
from accounts.models import User
from hub.errors import BlobMissing, InvalidInput, TooMuch
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.possession import SHA256
from hub.revisions.room import Room
from hub.revisions.settling import arrived, ask_to_verify, candidates_of, is_own, not_refused
from storage import s3, uploads
from storage.errors import UploadUnknown
from storage.models import Upload
from storage.parts import is_multipart
from storage.selectors import blob_by_sha256
from storage.verification import counts_since

SWEEP_BATCH = 500


@dataclass(frozen=True, slots=True)
class UploadTicket:
    """What a client needs to bring its bytes: nothing when `present`, else one URL or one for each part."""

    present: bool
    upload_id: str = ""
    part_size: int = 0
    part_urls: tuple[str, ...] = ()
    multipart: bool = False


def begin_upload(
    *,
    repo: Repository,
    actor_user: User,
    sha256: str,
    size: int,
    multipart: bool = True,
    least_part: int = 0,
    room: Room | None = None,
) -> UploadTicket:
    """Links to write an object to S3, or word that this repository has it or has received all its bytes.

    Another repository's having it is no answer: that would tell whoever knows a hash. `room` is what several
    objects share. InvalidInput names the wrong field, StorageFull says that it does not fit.
    """
    if not isinstance(sha256, str) or not SHA256.fullmatch(sha256):
        raise InvalidInput("The oid must be a sha256 in lower-case hexadecimal.", "oid")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= settings.MAX_FILE_SIZE:
        raise InvalidInput(f"The size must be a number from 0 to {settings.MAX_FILE_SIZE}.", "size")
    if _held(repo, sha256, size, actor_user):
        return UploadTicket(present=True)
    if not is_multipart(size, wanted=multipart) and size > s3.PUT_LIMIT:
        raise TooMuch(f"S3 takes at most {s3.PUT_LIMIT} bytes at once: send this object in parts.", "size")
    if _received_before(repo, sha256, size, actor_user):
        return UploadTicket(present=True)
    (room or Room(repo, actor_user, {sha256})).take(size)
    links = uploads.begin_upload(
        scope=repo.subject,
        sha256=sha256,
        size=size,
        user=actor_user,
        multipart=multipart,
        least_part=least_part,
    )
    return UploadTicket(False, str(links.upload.pk), links.part_size, tuple(links.urls), links.multipart)


def is_present(*, repo: Repository, sha256: str, size: int, user: User) -> bool:
    """Whether no bytes need to come: the repository has the object, or has all of it from the user.

    What others brought counts once it is verified: they may have brought anything under that hash.
    """
    return _held(repo, sha256, size, user) or _received_before(repo, sha256, size, user)


def _held(repo: Repository, sha256: str, size: int, user: User) -> bool:
    held = RepositoryBlob.objects.filter(repository=repo, sha256=sha256, size=size)
    checking = Q(state=RepositoryBlob.State.CHECKING, upload__created_by=user)
    return held.filter(Q(state=RepositoryBlob.State.PRESENT) | checking).exists()


def _received_before(repo: Repository, sha256: str, size: int, user: User) -> bool:
    """Whether an upload that was broken off later on has brought all bytes, so that none need come again."""
    found = candidates_of(repo, {sha256}, user=user, size=size).get(sha256, [])
    if not found or not (found[0].state == Upload.State.VERIFIED or is_own(found[0], user)):
        return False
    furthest = found[0]
    if furthest.state == Upload.State.OPEN and uploads.receive_if_whole(furthest):
        furthest.refresh_from_db()
        _received(furthest)
    if furthest.state == Upload.State.VERIFIED:
        return furthest.created_at >= counts_since() and blob_by_sha256(sha256) is not None
    return furthest.state == Upload.State.RECEIVED


def finish_upload(
    *, upload_id: str, parts: list[tuple[int, str]] | None = None, repo: Repository | None = None
) -> None:
    """Put the parts (number, ETag) together, or those that came, and have a large object verified at once.

    With `repo`, another repository's upload is unknown; without, the caller has shown a signed address.
    Raises UploadUnknown, UploadIncomplete, UploadMismatch.
    """
    if repo is not None and uploads.live_upload(upload_id).scope != repo.subject:
        raise UploadUnknown("There is no such upload, or it has ended.")
    _received(uploads.complete_upload(upload_id=upload_id, parts=parts))


def confirm_upload(*, repo: Repository, sha256: str, size: int, user: User) -> None:
    """Check that an object has arrived in its declared size; BlobMissing, BlobRefused, InvalidInput."""
    if _held(repo, sha256, size, user):
        return
    found = candidates_of(repo, {sha256}, user=user, size=size).get(sha256)
    if found is None:
        raise BlobMissing(f"No upload of the object {sha256} with {size} bytes was begun here.")
    _received(not_refused(arrived(found)))


@transaction.atomic
def verify(*, upload_id: str) -> None:
    """Verify one upload and tell the repository that waits for it; safe to run twice, by two workers."""
    upload = uploads.verify_upload(upload_id=upload_id)
    if upload is None:
        return
    verified = upload.state == Upload.State.VERIFIED
    waiting = RepositoryBlob.objects.filter(upload=upload, state=RepositoryBlob.State.CHECKING)
    if not verified and _wait_for_another(upload, waiting):
        return
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


def _wait_for_another(refused: Upload, waiting: QuerySet[RepositoryBlob]) -> bool:
    """Whether the object came into the scope once more: what waits for a refused upload waits for that."""
    others = Upload.objects.filter(scope=refused.scope, sha256=refused.sha256, size=refused.size)
    other = (
        others.filter(state__in=[Upload.State.VERIFIED, Upload.State.RECEIVED])
        .order_by("-created_at")
        .first()
    )
    if other is None or other.pk not in uploads.hold_uploads([other.pk]) or not waiting.update(upload=other):
        return False
    transaction.on_commit(lambda: ask_to_verify([str(other.pk)]))
    return True


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
    ask_to_verify(ids)
    return len(ids)


def _received(upload: Upload) -> None:
    if upload.state == Upload.State.RECEIVED and upload.size > settings.VERIFY_INLINE_LIMIT:
        transaction.on_commit(lambda: ask_to_verify([str(upload.pk)]))
