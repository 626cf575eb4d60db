"""Content in chunks: xorbs that were read and found whole, and how files are put together from them.

A row here is never about bytes that only somebody's word vouches for: a xorb gets its row when every chunk
was decompressed and hashed, a reconstruction when its terms were proved against those chunks.
"""

import uuid

from django.conf import settings
from django.db import models


class Xorb(models.Model):
    """A verified xorb in S3: chunks one after the other, each with its header, compressed on its own.

    `hash` is the Merkle root of its chunks in the protocol's spelling. `hashes` has 32 bytes for each chunk,
    `ends` 8: where it ends in the unpacked bytes and where in the object, little-endian u32 each. Both
    columns are stored uncompressed, so that a slice reads only its own part of them.
    """

    hash = models.CharField(max_length=64, unique=True)
    key = models.CharField(max_length=200)
    size = models.BigIntegerField()
    length = models.BigIntegerField()
    chunks = models.IntegerField()
    hashes = models.BinaryField()
    ends = models.BinaryField()
    # When it was last offered to somebody, or taken into use: it is kept for a while after that.
    used_at = models.DateTimeField(auto_now_add=True)
    condemned_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["used_at"], name="xorb_used"),
            models.Index(
                fields=["condemned_at"],
                name="xorb_condemned",
                condition=models.Q(condemned_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.hash


class XorbUpload(models.Model):
    """A xorb that somebody has a link to write, until its bytes are verified or refused.

    `scope` says for which repository it came (`repository:12`); `key` is where the link writes, or empty
    once that belongs to the xorb.
    """

    class State(models.TextChoices):
        OPEN = "open"
        RECEIVED = "received"
        VERIFIED = "verified"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    hash = models.CharField(max_length=64)
    size = models.BigIntegerField()
    scope = models.CharField(max_length=64)
    key = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    error = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["scope", "hash"], name="xorb_upload_scope_hash"),
            models.Index(
                fields=["queued_at"], name="xorb_upload_waiting", condition=models.Q(state="received")
            ),
            models.Index(fields=["created_at"], name="xorb_upload_created"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Reconstruction(models.Model):
    """A file as a sequence of chunks, by its file hash in the protocol's spelling."""

    hash = models.CharField(max_length=64, primary_key=True)
    size = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.hash


class Term(models.Model):
    """Chunks `first` to `last` (exclusive) of a xorb, which are `length` bytes of a file from `start` on."""

    reconstruction = models.ForeignKey(Reconstruction, models.CASCADE, related_name="terms", db_index=False)
    start = models.BigIntegerField()
    length = models.BigIntegerField()
    # Its constraint is what keeps the garbage collection from a xorb that is being taken into use.
    xorb = models.ForeignKey(Xorb, models.PROTECT, related_name="+")
    first = models.IntegerField()
    last = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reconstruction", "start"], name="term_once")]

    def __str__(self) -> str:
        return f"{self.reconstruction_id} from {self.start}"


class Chunk(models.Model):
    """Where a chunk is that a client asks about before it sends it: one in some thousand of all chunks."""

    hash = models.BinaryField(max_length=32)
    xorb = models.ForeignKey(Xorb, models.CASCADE, related_name="+")
    place = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hash", "xorb", "place"], name="chunk_once")]

    def __str__(self) -> str:
        return bytes(self.hash).hex()


class Epoch(models.Model):
    """How often xorbs were given up: one row. Clients that see another number forget what they knew."""

    number = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
