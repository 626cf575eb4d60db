"""What was reported or found, the case it makes, and what was decided."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from contributions.moderation.vocabulary import Action, Reason, Severity
from hub.repos.models import Repository


class Case(models.Model):
    """One question to the moderators: is this blob, or this repository, to be withheld?

    `outcome` is the action of the latest decision, "" while there is none. `findings` are the scanner's, as
    they were when the case was opened.
    """

    class SubjectKind(models.TextChoices):
        BLOB = "blob", _("File")
        REPOSITORY = "repository", _("Repository")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    class Origin(models.TextChoices):
        SCAN = "scan", _("A scanner's finding")
        REPORT = "report", _("A report")

    subject_kind = models.CharField(max_length=10, choices=SubjectKind)
    sha256 = models.CharField(max_length=64, blank=True)
    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, related_name="cases")
    state = models.CharField(max_length=6, choices=State, default=State.OPEN)
    origin = models.CharField(max_length=6, choices=Origin)
    title = models.CharField(max_length=300)
    findings = models.JSONField(default=list)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    outcome = models.CharField(max_length=7, choices=Action, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256"],
                condition=models.Q(state="open", subject_kind="blob"),
                name="case_open_once_a_blob",
            ),
            models.UniqueConstraint(
                fields=["repository"],
                condition=models.Q(state="open", subject_kind="repository"),
                name="case_open_once_a_repository",
            ),
            # A repository's case outlives it, a blob's case always names its blob.
            models.CheckConstraint(
                condition=models.Q(subject_kind="repository", sha256="")
                | models.Q(subject_kind="blob", repository=None) & ~models.Q(sha256=""),
                name="case_has_one_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", outcome="")
                | models.Q(state="closed") & ~models.Q(outcome=""),
                name="case_closed_by_an_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-severity", "-created_at"], name="case_queue"),
            models.Index(fields=["sha256", "-id"], name="case_blob"),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.title}"

    @property
    def subject(self) -> str:
        """How the audit log names the case."""
        return f"case:{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Report(models.Model):
    """What somebody said about a repository, or about one file in it."""

    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, related_name="reports")
    case = models.ForeignKey(Case, models.PROTECT, related_name="reports")
    path = models.CharField(max_length=1024, blank=True)
    reason = models.CharField(max_length=13, choices=Reason)
    text = models.TextField()
    reporter = models.ForeignKey(User, models.SET_NULL, null=True, related_name="reports")
    contact = models.CharField(max_length=254, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"{self.reason} in case {self.case_id}"


class Decision(models.Model):
    """What a moderator decided in a case, and why; a later one may be the opposite, none is ever changed.

    `notified_at` is set once the publishers' mails are handed over.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    moderator = models.ForeignKey(User, models.SET_NULL, null=True, related_name="decisions")
    action = models.CharField(max_length=7, choices=Action)
    reason = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    notified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="decision_untold", condition=models.Q(notified_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.action} in case {self.case_id}"
