"""What was said or found, and the case that it makes."""

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise

from accounts.models import Namespace, User
from contributions.discussions.models import DiscussionEvent
from contributions.moderation.vocabulary import (
    CAME_UP,
    REPORTED,
    TOLD,
    Cause,
    Effect,
    Severity,
    Source,
    State,
    SubjectKind,
)
from hub.repos.models import Repository


class Case(models.Model):
    """One question to the moderators: what is to be done about this subject, for this cause?

    `subject_key` is how the audit log names the subject, and `subject_name` what people called it; both
    outlive it. `namespace` is whose it is: of a user's or an organisation's case, the subject. `reach` is
    downloads of 30 days and followers together. `turn` counts what happened in the case: who decides says
    what they saw. `second_by` is whose opinion is asked for, `all_asked_by` who asks all for theirs.
    `outcome` is the effect of the decision that closed it last, "" before.
    """

    subject_kind = models.CharField(max_length=12, choices=SubjectKind)
    subject_key = models.CharField(max_length=120)
    subject_name = models.CharField(max_length=400)
    sha256 = models.CharField(max_length=64, blank=True)
    oid = models.CharField(max_length=40, blank=True)
    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, related_name="cases")
    comment = models.ForeignKey(DiscussionEvent, models.SET_NULL, null=True, related_name="+")
    namespace = models.ForeignKey(Namespace, models.SET_NULL, null=True, related_name="+")
    cause = models.CharField(max_length=13, choices=Cause)
    source = models.CharField(max_length=9, choices=Source)
    title = models.CharField(max_length=300)
    findings = models.JSONField(default=list)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    reach = models.PositiveBigIntegerField(default=0)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    outcome = models.CharField(max_length=15, choices=Effect, blank=True)
    turn = models.PositiveIntegerField(default=0)
    claimed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True)
    second_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    all_asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_key", "cause"],
                condition=~models.Q(state=State.CLOSED),
                name="case_open_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state=State.CLOSED, closed_at__isnull=False) & ~models.Q(outcome="")
                | ~models.Q(state=State.CLOSED),
                name="case_closed_by_an_outcome",
            ),
        ]
        indexes = [
            # The queue in each of its orders, and what was decided last.
            *(
                models.Index(
                    fields=[*fields, "id"], name=f"case_by_{name}", condition=~models.Q(state=State.CLOSED)
                )
                for name, fields in {
                    "severity": ["-severity", "-reach"],
                    "reach": ["-reach"],
                    "due": ["due_at"],
                    "age": ["created_at"],
                }.items()
            ),
            models.Index(
                fields=["-closed_at", "-id"], name="case_closed", condition=models.Q(state=State.CLOSED)
            ),
            models.Index(fields=["subject_key", "-id"], name="case_subject"),
            # What a year or a quarter is told of.
            models.Index(fields=["created_at"], name="case_opened"),
            models.Index(fields=["sha256"], name="case_sha256", condition=~models.Q(sha256="")),
        ]

    def __str__(self) -> str:
        return f"case {self.pk}: {self.title}"

    @property
    def subject(self) -> str:
        """How the audit log names the case."""
        return f"case:{self.pk}"

    @property
    def anew(self) -> bool:
        """Whether it is about what a deleted repository had, and `repository` was made in its place."""
        of_repository = self.subject_kind in (SubjectKind.REPOSITORY, SubjectKind.REVISION)
        return of_repository and self.repository_id not in (None, int(self.subject_key.split(":")[1]))

    @property
    def came_up(self) -> Promise:
        """How it did, in a sentence that names nobody."""
        return CAME_UP.get(self.source, REPORTED)

    @property
    def is_open(self) -> bool:
        """Whether something is still to be decided in it."""
        return self.state != State.CLOSED


class Flag(models.Model):
    """That a machine or a person says a subject is wrong; flags of one cause gather in one case.

    `evidence` are links and references; `contact` is how a person without an account is reached, `language`
    that of the page on which they wrote. `added_at`
    is when the reporter said more about the same, in place of a second flag. `notified_at` is set once they
    were told what came of it.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="flags")
    source = models.CharField(max_length=9, choices=Source)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=1024, blank=True)
    evidence = models.TextField(blank=True)
    contact = models.CharField(max_length=254, blank=True)
    reporter = models.ForeignKey(User, models.SET_NULL, null=True, related_name="flags")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    language = models.CharField(max_length=10, blank=True)
    added_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="flag_raised"),
            models.Index(
                fields=["case"],
                name="flag_untold",
                condition=models.Q(notified_at=None, source__in=TOLD),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source} in case {self.case_id}"

    @property
    def by_people(self) -> bool:
        """Whether somebody reported it who is told what comes of it; moderators read it at the desk."""
        return self.source in TOLD
