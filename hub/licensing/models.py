"""What the licence check said of one commit."""

from django.db import models

from hub.repos.models import Repository


class LicenceCheck(models.Model):
    """One look at the licence that a commit's card declares."""

    class State(models.TextChoices):
        QUEUED = "queued"
        DONE = "done"

    class Verdict(models.TextChoices):
        KNOWN = "known", "known"
        UNKNOWN = "unknown", "unknown"
        MISSING = "missing", "missing"
        INVALID = "invalid", "incomplete"

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    commit = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True, default="")
    declared = models.CharField(max_length=200, blank=True, default="")
    findings = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "commit"], name="licence_check_once_a_commit")
        ]
        indexes = [
            models.Index(
                fields=["created_at"], name="licence_check_waiting", condition=~models.Q(state="done")
            )
        ]

    def __str__(self) -> str:
        return f"{self.repository_id}@{self.commit[:8]}: {self.verdict or self.state}"
