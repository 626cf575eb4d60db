"""Uploads that their own user goes on with after a break, or gives up."""

from collections.abc import Iterable
from dataclasses import dataclass

from accounts.models import User
from hub.repos.models import Repository
from hub.revisions.room import Room
from hub.revisions.uploads import begin_upload, finish_upload, is_present
from storage import unfinished
from storage.errors import UploadUnknown
from storage.models import Upload
from storage.unfinished import fresh_links, missing_parts, open_upload_of

# How many links are handed out at a time.
LINKS = 50


@dataclass(frozen=True, slots=True)
class Unfinished:
    """An upload with the numbers (from 1) of the parts that are still to come."""

    upload: Upload
    missing: list[int]

    @property
    def part_size(self) -> int:
        """The bytes of each part; the last one has what is left."""
        return self.upload.part_size or self.upload.size

    def links(self) -> dict[int, str]:
        """Links for the first of the missing parts."""
        return fresh_links(self.upload, self.missing[:LINKS])


def go_on(
    *, repo: Repository, actor_user: User, sha256: str, size: int, room: Room | None = None
) -> Unfinished | None:
    """The user's own upload of an object where it broke off, or else a new one; None when it is all here.

    InvalidInput and TooMuch name the wrong field; StorageFull when it does not fit into `room`.
    """
    own = open_upload_of(scope=repo.subject, sha256=sha256, size=size, user=actor_user)
    if own is not None and not is_present(repo=repo, sha256=sha256, size=size, user=actor_user):
        return Unfinished(own, missing_parts(own))
    ticket = begin_upload(repo=repo, actor_user=actor_user, sha256=sha256, size=size, room=room)
    if ticket.present:
        return None
    return progress_of(repo=repo, actor_user=actor_user, upload_id=ticket.upload_id)


def progress_of(*, repo: Repository, actor_user: User, upload_id: str) -> Unfinished:
    """What is missing of the user's own upload; UploadUnknown when there is none."""
    upload = unfinished.own_upload(upload_id=upload_id, scope=repo.subject, user=actor_user)
    return Unfinished(upload, missing_parts(upload))


def more_links(
    *, repo: Repository, actor_user: User, upload_id: str, numbers: Iterable[int]
) -> dict[int, str]:
    """Fresh links for parts of the user's own upload, for those that have none or whose link has died."""
    upload = unfinished.own_upload(upload_id=upload_id, scope=repo.subject, user=actor_user)
    return fresh_links(upload, numbers)


def bring_together(*, repo: Repository, actor_user: User, upload_id: str) -> None:
    """Put the parts of the user's own upload together, so that the workers verify it while others come."""
    upload = unfinished.own_upload(upload_id=upload_id, scope=repo.subject, user=actor_user)
    finish_upload(upload_id=str(upload.pk), repo=repo)


def abandon(*, repo: Repository, actor_user: User, upload_id: str) -> bool:
    """Give the user's own upload up; False when all of it had come, or it had ended before."""
    try:
        upload = unfinished.own_upload(upload_id=upload_id, scope=repo.subject, user=actor_user)
    except UploadUnknown:
        return False
    return unfinished.abandon_upload(upload)
