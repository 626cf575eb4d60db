"""Collections: what somebody put together, in an order, with notes."""

import secrets

from django.conf import settings
from django.db import models
from django.db.models.functions import Upper
from django.utils.text import slugify

from accounts.models import Namespace
from hub.repos.models import Repository

TITLE_MAX, DESCRIPTION_MAX, NOTE_MAX = 60, 150, 500


def new_key() -> str:
    """24 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(12)


class Collection(models.Model):
    """A titled list of repositories and other collections; its key stays when the title changes."""

    class Theme(models.TextChoices):
        ORANGE = "orange"
        BLUE = "blue"
        GREEN = "green"
        PURPLE = "purple"
        PINK = "pink"
        INDIGO = "indigo"

    namespace = models.ForeignKey(Namespace, models.CASCADE, related_name="collections")
    key = models.CharField(max_length=24, unique=True, default=new_key, editable=False)
    title = models.CharField(max_length=TITLE_MAX)
    description = models.CharField(max_length=DESCRIPTION_MAX, blank=True)
    private = models.BooleanField(default=False)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.ORANGE)
    # Ascending in the namespace's list, with gaps; what anybody is told is the place in the list they see.
    position = models.IntegerField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("namespace", Upper("title"), name="collection_title_once"),
            models.UniqueConstraint(
                fields=["namespace", "position"],
                name="collection_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
        ]
        indexes = [models.Index(fields=["-updated_at", "-id"], name="collection_updated")]

    def __str__(self) -> str:
        return self.slug

    @property
    def slug(self) -> str:
        """`namespace/words-of-the-title-key`, as clients write it."""
        words = slugify(self.title)
        return f"{self.namespace.name}/{words}-{self.key}" if words else f"{self.namespace.name}/{self.key}"

    @property
    def subject(self) -> str:
        """How the audit log names it."""
        return f"collection:{self.pk}"


class CollectionItem(models.Model):
    """A repository or another collection in a collection, with what its owner says about it."""

    collection = models.ForeignKey(Collection, models.CASCADE, related_name="items")
    repository = models.ForeignKey(Repository, models.CASCADE, null=True, related_name="+")
    target = models.ForeignKey(Collection, models.CASCADE, null=True, related_name="+")
    note = models.CharField(max_length=NOTE_MAX, blank=True)
    # Ascending in the collection, with gaps where a repository was deleted.
    position = models.IntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["collection", "repository"], name="collection_item_once"),
            models.UniqueConstraint(fields=["collection", "target"], name="collection_in_collection_once"),
            models.UniqueConstraint(
                fields=["collection", "position"],
                name="collection_item_position_once",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=models.Q(repository__isnull=False, target__isnull=True)
                | models.Q(repository__isnull=True, target__isnull=False),
                name="collection_item_is_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.repository_id or self.target_id} in {self.collection_id}"
