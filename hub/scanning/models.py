"""What a scanner of one version said of one blob."""

from django.db import models

from hub.scanning.verdicts import Verdict
from storage.models import Blob


class Scan(models.Model):
    """One look at one blob: its row is the queue, the lock and the result."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"

    blob = models.ForeignKey(Blob, models.CASCADE, db_column="sha256", related_name="+")
    scanner = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    verdict = models.CharField(max_length=12, choices=Verdict, blank=True, default="")
    findings = models.JSONField(default=list)
    # What the pickles in the file import by name (`imports.Import`), the worst first.
    imports = models.JSONField(default=list, db_default=[])
    # Of content that was scanned before: nobody waits for it.
    background = models.BooleanField(default=False, db_default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    queued_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    # Since when people were asked about what it suspects.
    flagged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["blob", "scanner", "version"], name="scan_once_a_version")
        ]
        indexes = [
            models.Index(
                fields=["background", "queued_at"], name="scan_queue", condition=~models.Q(state="done")
            ),
            models.Index(
                fields=["scanner", "finished_at"],
                name="scan_unflagged",
                condition=models.Q(verdict="suspicious", finished_at__isnull=False, flagged_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scanner} {self.version} of {self.blob_id}: {self.verdict or self.state}"
