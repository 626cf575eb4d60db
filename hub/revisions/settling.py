"""What a commit may use of the uploads into its repository: found, received, verified when small, noted."""

import time
from collections.abc import Collection, Mapping
from contextlib import suppress

from celery import signature
from django.conf import settings
from django.db import transaction

from accounts.models import User
from hub.errors import BlobMissing, BlobRefused, HubError, InvalidInput
from hub.queue import enqueue
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from hub.revisions.possession import SHA256
from hub.revisions.room import proposer_of
from storage import uploads
from storage.errors import UploadIncomplete, UploadMismatch
from storage.models import Upload

# How many files an error names.
NAMED = 10
# Of several uploads of one object the furthest counts, a refused one only when there is no other.
PREFERRED = [Upload.State.VERIFIED, Upload.State.RECEIVED, Upload.State.OPEN, Upload.State.REFUSED]
# By name: the task is a door above this room.
VERIFY = signature("hub.revisions.tasks.verify")


def settle_uploads(*, repository: Repository, paths: Mapping[str, str], user: User) -> None:
    """Turn finished uploads into the repository's blobs, before a commit names them (sha256 → path).

    Small ones are read and verified here; large ones are noted as being checked and left to the workers.
    BlobRefused for bytes that are not what was declared: they never become the repository's. Their upload
    stays noted as refused, because its link can still write to where the sweep must clean up. When the bytes
    of several files are missing, one BlobMissing names them all. What the committer brought comes before what
    others did, who may have brought anything under that hash.
    """
    held = dict(
        RepositoryBlob.objects.filter(repository=repository, sha256__in=paths.keys()).values_list(
            "sha256", "state"
        )
    )
    wanted = {sha256 for sha256 in paths if held.get(sha256) != RepositoryBlob.State.PRESENT}
    found = candidates_of(repository, wanted, user=user)
    problems: list[tuple[str, HubError]] = [
        (paths[sha256], _never_came(sha256))
        for sha256 in wanted - held.keys() - found.keys()
        if SHA256.fullmatch(sha256)
    ]
    settling = _Settling()
    settled = []
    for sha256, uploaded in found.items():
        try:
            settled.append(settling.settle(arrived(uploaded)))
        except (BlobMissing, BlobRefused, InvalidInput) as problem:
            problems.append((paths[sha256], problem))
    if problems:
        raise _told_together(sorted(problems, key=lambda one: one[0]))
    if settled:
        _note(repository, settled, paths, user)


class _Settling:
    """What one commit may verify itself: a number of bytes, and a time."""

    def __init__(self) -> None:
        self.bytes = settings.VERIFY_INLINE_TOTAL
        self.until = time.monotonic() + settings.VERIFY_INLINE_SECONDS

    def settle(self, upload: Upload) -> Upload:
        """The upload, verified if it is small and there is still time; BlobRefused if it is refused."""
        small = upload.size <= min(settings.VERIFY_INLINE_LIMIT, self.bytes)
        if small and upload.state == Upload.State.RECEIVED and time.monotonic() < self.until:
            self.bytes -= upload.size
            upload = uploads.verify_upload(upload_id=str(upload.pk)) or upload
        return not_refused(upload)


def _told_together(problems: list[tuple[str, HubError]]) -> HubError:
    """One file's own error; BlobMissing that names the first files when there are several."""
    if len(problems) == 1:
        path, problem = problems[0]
        problem.args = (f"{path}: {problem}",)
        return problem
    named = "; ".join(f"{path}: {problem}" for path, problem in problems[:NAMED])
    more = f"; and {len(problems) - NAMED} more" if len(problems) > NAMED else ""
    return BlobMissing(f"{len(problems)} files of this commit cannot be used: {named}{more}")


def _never_came(sha256: str) -> BlobMissing:
    return BlobMissing(f"the object {sha256} was not uploaded to this repository.")


@transaction.atomic
def _note(repository: Repository, settled: list[Upload], paths: Mapping[str, str], user: User) -> None:
    """Tie uploads to the repository as their states allow, in one statement and by order of hash.

    They are held while that is done; BlobMissing for those that were collected since they were looked at.
    """
    verified, state = Upload.State.VERIFIED, RepositoryBlob.State
    proposer = proposer_of(repository, user)
    states = uploads.hold_uploads([upload.pk for upload in settled])
    gone = sorted(upload.sha256 for upload in settled if upload.pk not in states)
    if gone:
        raise _told_together([(paths[sha256], _never_came(sha256)) for sha256 in gone])
    RepositoryBlob.objects.bulk_create(
        [
            RepositoryBlob(
                repository=repository,
                sha256=upload.sha256,
                size=upload.size,
                upload=upload,
                proposer=proposer,
                brought_by=user,
                state=state.PRESENT if states[upload.pk] == verified else state.CHECKING,
            )
            for upload in sorted(settled, key=lambda one: one.sha256)
        ],
        update_conflicts=True,
        unique_fields=["repository", "sha256"],
        update_fields=["size", "upload", "proposer", "brought_by", "state", "path", "commit"],
    )
    waiting = [str(upload.pk) for upload in settled if states[upload.pk] != verified]
    transaction.on_commit(lambda: ask_to_verify(waiting))


def candidates_of(
    repository: Repository, sha256s: Collection[str], *, user: User | None = None, **more: int
) -> dict[str, list[Upload]]:
    """Uploads of objects into a repository: sha256 → those that are furthest first, then the newest.

    Of those that are not verified the user's own come first.
    """
    rows = Upload.objects.filter(scope=repository.subject, sha256__in=sha256s, **more).order_by("-created_at")
    found: dict[str, list[Upload]] = {}

    def order(upload: Upload) -> tuple[bool, int]:
        trusted = upload.state == Upload.State.VERIFIED or is_own(upload, user)
        return not trusted or upload.state == Upload.State.REFUSED, PREFERRED.index(upload.state)

    for upload in sorted(rows, key=order):
        found.setdefault(upload.sha256, []).append(upload)
    return found


def is_own(upload: Upload, user: User | None) -> bool:
    """Whether the user brought it."""
    return user is not None and upload.created_by_id == user.pk


def arrived(candidates: list[Upload]) -> Upload:
    """The first that has bytes; the last one's BlobMissing when none has."""
    *others, last = candidates
    for upload in others:
        if upload.state != Upload.State.OPEN:
            return upload
        with suppress(BlobMissing):
            return _receive(upload)
    return last if last.state != Upload.State.OPEN else _receive(last)


def not_refused(upload: Upload) -> Upload:
    """The upload; BlobRefused when its bytes were not what was declared."""
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


def ask_to_verify(upload_ids: list[str]) -> None:
    """Have the workers verify uploads."""
    uploads.note_queued(upload_ids)
    for upload_id in upload_ids:
        enqueue(VERIFY, upload_id)
