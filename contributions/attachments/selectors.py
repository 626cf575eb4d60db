"""Reads of attachments: each is there for those who may see a comment that shows it."""

import uuid
from collections.abc import Iterator

from accounts.actors import Actor
from contributions.attachments.errors import AttachmentNotFound
from contributions.attachments.models import Attachment
from hub.access.policy import Action
from hub.access.services import open_repo_by_id
from hub.errors import RepoNotFound
from storage import objects


def find_attachment(actor: Actor, attachment_id: uuid.UUID) -> Attachment:
    """The attachment, if the actor may see it; AttachmentNotFound for any other, as for one that is missing.

    While no comment refers to it, it is its uploader's alone. Then it is seen by those who may read its
    repository, and by nobody while every comment that shows it is hidden.
    """
    found = Attachment.objects.filter(pk=attachment_id).first()
    if found is None or not _may_see(actor, found):
        raise AttachmentNotFound("There is no such attachment.")
    return found


def content_of(attachment: Attachment, first: int, last: int) -> Iterator[bytes]:
    """Its bytes `first` to `last`."""
    return objects.read(attachment.key, first, last)


def _may_see(actor: Actor, attachment: Attachment) -> bool:
    events = list(attachment.events.only("hidden_at", "withheld_at"))
    if not events or attachment.repository_id is None:
        return actor.user is not None and attachment.uploader_id == actor.user.pk
    if all(event.hidden for event in events):
        return False
    try:
        open_repo_by_id(actor, repository_id=attachment.repository_id, action=Action.READ)
    except RepoNotFound:
        return False
    return True
