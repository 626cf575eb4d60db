"""Content-addressed objects: rows are written once; a blob's state and places may change."""

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from storage.xet.models import Chunk, Epoch, Reconstruction, Term, Xorb, XorbUpload

__all__ = [
    "Blob",
    "Chunk",
    "Commit",
    "Epoch",
    "GitBlob",
    "Leftover",
    "Reconstruction",
    "Term",
    "Tree",
    "Upload",
    "Xorb",
    "XorbUpload",
]


class Blob(models.Model):
    """Verified bytes under their sha256: inline in `data` (up to 1 MiB), whole in S3 under `key`, in chunks.

    At least one of the three. Beside a `reconstruction`, the whole object is a cache that may be dropped.
    """

    class State(models.TextChoices):
        VERIFIED = "verified"
        QUARANTINED = "quarantined"

    class ScanState(models.TextChoices):
        """What the scanners say of the bytes, all together."""

        QUEUED = "queued"
        UNSCANNED = "unscanned"
        SAFE = "safe"
        SUSPICIOUS = "suspicious"
        ERROR = "error"
        DANGEROUS = "dangerous"

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    data = models.BinaryField(null=True)
    key = models.CharField(max_length=200, blank=True)
    reconstruction = models.ForeignKey(Reconstruction, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=State, default=State.VERIFIED)
    scan_state = models.CharField(
        max_length=10, choices=ScanState, default=ScanState.QUEUED, db_default=ScanState.QUEUED
    )
    created_at = models.DateTimeField(auto_now_add=True)
    # When nothing was found to use it; cleared by whatever uses it again (`storage.collection`).
    condemned_at = models.DateTimeField(null=True)
    # When the whole object was last used; written to the hour or so, and only beside a reconstruction.
    pulled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="blob_created"),
            models.Index(
                fields=["pulled_at"],
                name="blob_whole",
                condition=models.Q(reconstruction__isnull=False) & ~models.Q(key=""),
            ),
            models.Index(
                fields=["condemned_at"],
                name="blob_condemned",
                condition=models.Q(condemned_at__isnull=False),
            ),
            models.Index(fields=["sha256"], name="blob_quarantined", condition=models.Q(state="quarantined")),
        ]

    def __str__(self) -> str:
        return self.sha256


class Leftover(models.Model):
    """An object in S3 that nothing refers to, or parts of one, to be deleted when it is `due_at`."""

    key = models.CharField(max_length=200)
    multipart_id = models.CharField(max_length=300, blank=True)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="leftover_due")]

    def __str__(self) -> str:
        return self.key


class GitBlob(models.Model):
    """A git blob's object id, and the content it stands for: its own bytes, or those a pointer names.

    Not a foreign key: a pointer is committed before the bytes it names are verified.
    """

    oid = models.CharField(max_length=40, primary_key=True)
    blob = models.ForeignKey(
        Blob, models.DO_NOTHING, db_column="sha256", db_constraint=False, null=True, related_name="+"
    )
    size = models.BigIntegerField()
    pointer = models.BooleanField()

    def __str__(self) -> str:
        return self.oid


class Tree(models.Model):
    """A git tree as its canonical bytes, so that two commits that share it store it once."""

    oid = models.CharField(max_length=40, primary_key=True)
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.oid


class Commit(models.Model):
    """A git commit as its canonical bytes, with what queries need beside them.

    `depth` counts the first parents below it. `jump` is one of them, chosen so that any is reached in a
    number of steps that grows with the logarithm of the depth (E. W. Myers, "An applicative random-access
    stack").
    """

    oid = models.CharField(max_length=40, primary_key=True)
    tree = models.CharField(max_length=40)
    parents = ArrayField(models.CharField(max_length=40), default=list)
    depth = models.IntegerField(default=0)
    jump = models.CharField(max_length=40, blank=True)
    committed_at = models.DateTimeField()
    data = models.BinaryField()

    def __str__(self) -> str:
        return self.oid


class Upload(models.Model):
    """Bytes that somebody has been given links to write, until they are verified or refused.

    `scope` says where they may be used (`repository:12`). `key` is where the client writes: for a single
    PUT a staging key that is copied away from before anything is read, for a multipart upload the final
    key, which no link can change once the server has completed the upload. What came as chunks has a
    `reconstruction` instead, and no key.
    """

    class State(models.TextChoices):
        OPEN = "open"
        RECEIVED = "received"
        VERIFIED = "verified"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    scope = models.CharField(max_length=64)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    key = models.CharField(max_length=200, blank=True)
    reconstruction = models.ForeignKey(Reconstruction, models.PROTECT, null=True, related_name="+")
    multipart_id = models.CharField(max_length=300, blank=True)
    part_size = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    error = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", db_constraint=True
    )
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["scope", "sha256"], name="upload_scope_sha256"),
            models.Index(fields=["sha256"], name="upload_sha256"),
            models.Index(fields=["queued_at"], name="upload_waiting", condition=models.Q(state="received")),
        ]

    def __str__(self) -> str:
        return str(self.id)
