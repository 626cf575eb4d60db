"""Uploads that somebody goes on with, or gives up: what the store has of them, and links for the rest."""

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils import timezone

from storage import s3
from storage.errors import UploadUnknown
from storage.models import Upload
from storage.uploads import live_upload, part_sizes
from storage.verification import dead_before

# Whoever can ask for fresh links needs none that live for days.
FRESH_SECONDS = 6 * 3600
GIVEN_UP = "Whoever began the upload gave it up."


def own_upload(*, upload_id: str, scope: str, user: AbstractBaseUser) -> Upload:
    """A live upload into a scope that this user began; UploadUnknown for any other, as if there were none."""
    upload = live_upload(upload_id)
    if upload.scope != scope or upload.created_by_id != user.pk or upload.reconstruction_id:
        raise UploadUnknown("There is no such upload, or it has ended.")
    return upload


def open_upload_of(*, scope: str, sha256: str, size: int, user: AbstractBaseUser) -> Upload | None:
    """The newest upload of an object that this user began and has not finished."""
    rows = Upload.objects.filter(scope=scope, sha256=sha256, size=size, created_by=user)
    rows = rows.filter(state=Upload.State.OPEN, created_at__gte=dead_before(settings.UPLOAD_LINK_SECONDS))
    return rows.exclude(key="").order_by("-created_at").first()


def missing_parts(upload: Upload) -> list[int]:
    """The numbers (from 1) of the parts that the store does not have in full; one call to S3."""
    if upload.state != Upload.State.OPEN:
        return []
    if not upload.multipart_id:
        return [] if s3.size_of(upload.key) == upload.size else [1]
    arrived = s3.uploaded_parts(upload.key, upload.multipart_id)
    sizes = enumerate(part_sizes(upload.size, upload.part_size), start=1)
    return [number for number, size in sizes if arrived.get(number, ("", -1))[1] != size]


def fresh_links(upload: Upload, numbers: Iterable[int]) -> dict[int, str]:
    """Links for some parts (a single PUT is part 1), which do not outlive the upload; others are left out."""
    end = upload.created_at + timedelta(seconds=settings.UPLOAD_LINK_SECONDS)
    left = int((end - timezone.now()).total_seconds())
    seconds = max(1, min(FRESH_SECONDS, left))
    if not upload.multipart_id:
        return {1: s3.put_link(upload.key, size=upload.size, seconds=seconds)} if 1 in numbers else {}
    sizes = dict(enumerate(part_sizes(upload.size, upload.part_size), start=1))
    return {
        number: s3.part_link(
            upload.key, multipart_id=upload.multipart_id, number=number, size=sizes[number], seconds=seconds
        )
        for number in numbers
        if number in sizes
    }


def abandon_upload(upload: Upload) -> bool:
    """Give an open upload up and delete what has come; False when all of it has come already.

    It is claimed by its state first, so of an abandoning and a completing at once one wins. Parts have dead
    links afterwards; a single PUT's link lives on, so its key is kept for the sweep to empty once more.
    """
    claimed = Upload.objects.filter(pk=upload.pk, state=Upload.State.OPEN)
    if not claimed.update(state=Upload.State.REFUSED, error=GIVEN_UP):
        return False
    if upload.multipart_id:
        s3.abort_multipart(upload.key, upload.multipart_id)
    s3.delete(upload.key)
    return True
