"""What was decided, and how it is contested."""

import uuid

from django.db import models
from django.utils import timezone, translation

from accounts.models import User
from contributions.moderation.models.cases import Case
from contributions.moderation.models.policies import Policy
from contributions.moderation.vocabulary import AppealKind, AppealState, DecisionState, Effect
from storage.keys import appeal_file_key


class Decision(models.Model):
    """What was decided in a case, by which policy and why; one without a moderator is a rule's.

    `reason` is for those concerned, `note` for the desk alone. `due_at` is until when changes are asked for,
    and `heads` has the commit that was the head then where something is to change, by the repository's id.
    `notified_at` is set once the mails are handed over, and `reminded_at` once those that remind of the date
    are. `again_at` is since when it holds in a repository that was made anew: those concerned may learn of it
    only then.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="decisions")
    moderator = models.ForeignKey(User, models.SET_NULL, null=True, related_name="decisions")
    rule = models.CharField(max_length=40, blank=True)
    effect = models.CharField(max_length=15, choices=Effect)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="decisions")
    reason = models.TextField()
    note = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=DecisionState)
    confirmed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    due_at = models.DateTimeField(null=True)
    heads = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    applied_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="decision_made"),
            models.Index(
                fields=["due_at"],
                name="decision_unreminded",
                condition=models.Q(effect=Effect.ASK, state=DecisionState.STANDING, reminded_at=None),
            ),
            models.Index(
                fields=["created_at"],
                name="decision_untold",
                condition=models.Q(notified_at=None, applied_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.effect} in case {self.case_id}"

    @property
    def automatic(self) -> bool:
        """Whether a rule decided, and no person."""
        return bool(self.rule)

    @property
    def shown_reason(self) -> str:
        """The reason, in the reader's language where no person wrote it."""
        return translation.gettext(self.reason) if self.automatic and self.reason else self.reason

    @property
    def stands(self) -> bool:
        """Whether it counts."""
        return self.state == DecisionState.STANDING


class Appeal(models.Model):
    """That somebody whom a decision concerns contests it; another moderator decides.

    `due_at` is until when it is to be answered, by the policy that the decision cites. A counter-notice
    undoes the decision by itself at `restore_at`, unless it was upheld before; `claimants_told` is the state
    of which those who claimed the right were told last.
    """

    decision = models.ForeignKey(Decision, models.PROTECT, related_name="appeals")
    kind = models.CharField(max_length=14, choices=AppealKind)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="appeals")
    text = models.TextField()
    state = models.CharField(max_length=9, choices=AppealState, default=AppealState.OPEN)
    decided_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    due_at = models.DateTimeField()
    restore_at = models.DateTimeField(null=True)
    claimants_told = models.CharField(max_length=9, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    decided_at = models.DateTimeField(null=True)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["decision", "kind", "author"], name="appeal_once"),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="appeal_due", condition=models.Q(state=AppealState.OPEN)),
            models.Index(
                fields=["restore_at"], name="appeal_restores", condition=models.Q(state=AppealState.OPEN)
            ),
            models.Index(
                fields=["decided_at"],
                name="appeal_untold",
                condition=models.Q(state=AppealState.UPHELD, notified_at=None),
            ),
            models.Index(
                fields=["created_at"],
                name="appeal_counters",
                condition=models.Q(kind=AppealKind.COUNTER_NOTICE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} against decision {self.decision_id}"

    @property
    def shown_reason(self) -> str:
        """Why it was answered so, in the reader's language where the waiting period did."""
        waited = self.state == AppealState.UNDONE and self.decided_by_id is None
        return translation.gettext(self.reason) if waited and self.reason else self.reason


class AppealFile(models.Model):
    """What somebody added to their appeal, as bytes that are only ever saved: nothing loads or shows them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    appeal = models.ForeignKey(Appeal, models.PROTECT, related_name="files")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """Where its bytes are in the store."""
        return appeal_file_key(self.sha256, self.id)
