"""The links of the chain."""

from django.db import models
from django.utils import timezone


class AuditLink(models.Model):
    """The place of an audit event in the chain; `digest` is over the link before it and the event as it was.

    Positions are 1, 2, 3 … in the order of sealing, which is about that of the acts. Rows can only be added,
    by a trigger (accounts.sql).
    """

    position = models.BigIntegerField(primary_key=True)
    event = models.BigIntegerField(unique=True)
    digest = models.BinaryField(max_length=32)
    sealed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["sealed_at"], name="accounts_auditlink_sealed")]

    def __str__(self) -> str:
        return f"{self.position}: event {self.event}"
