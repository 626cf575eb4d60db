"""Files that comments show."""

import uuid

from django.db import models
from django.utils import timezone

from accounts.models import User
from contributions.attachments.vocabulary import TYPES, Format
from hub.repos.models import Repository
from storage.keys import attachment_key


class Attachment(models.Model):
    """A picture, film or sound, and the comments whose present text refers to it.

    It belongs to the repository in which its uploader posted it first, and is shown there only. `unused_at`
    is since when no comment refers to it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    format = models.CharField(max_length=4, choices=Format)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    uploader = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, related_name="+")
    events = models.ManyToManyField("contributions.DiscussionEvent", related_name="attachments")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    unused_at = models.DateTimeField(null=True, default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["uploader", "-created_at"], name="attachment_uploader"),
            # What the garbage collection looks for.
            models.Index(
                fields=["unused_at"],
                name="attachment_unused",
                condition=models.Q(unused_at__isnull=False) | models.Q(repository=None),
            ),
        ]

    def __str__(self) -> str:
        return self.url_path

    @property
    def key(self) -> str:
        """Where its bytes are in the store."""
        return attachment_key(self.sha256, self.id)

    @property
    def content_type(self) -> str:
        """The type that it is served as."""
        return TYPES[Format(self.format)]

    @property
    def url_path(self) -> str:
        """Its address, without the host."""
        return f"/uploads/{self.id}.{self.format}"
