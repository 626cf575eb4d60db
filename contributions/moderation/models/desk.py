"""What moderators write, are called to, and keep for themselves."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from contributions.moderation.models.cases import Case
from contributions.moderation.models.decisions import Decision
from contributions.moderation.vocabulary import CallKind


class Message(models.Model):
    """What the desk and those concerned write each other about a case; an internal one stays there."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="messages")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    from_desk = models.BooleanField()
    internal = models.BooleanField(default=False)
    text = models.TextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(internal=False) | models.Q(from_desk=True), name="message_internal_of_desk"
            )
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                name="message_untold",
                condition=models.Q(notified_at=None, from_desk=True, internal=False),
            )
        ]

    def __str__(self) -> str:
        return f"message {self.pk} in case {self.case_id}"


class Call(models.Model):
    """That one moderator is called to a case, by one mail.

    `by` is the colleague who asks for an opinion, also of all, proposes a decision or hands the case over;
    `decision` is what is proposed or contested, or what asked for changes until a date that is over.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="calls")
    moderator = models.ForeignKey(User, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=CallKind)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    decision = models.ForeignKey(Decision, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    notified_at = models.DateTimeField(null=True)
    telling_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="call_untold", condition=models.Q(notified_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.kind} in case {self.case_id}"


class SavedView(models.Model):
    """A selection of the queue that a moderator keeps under a name."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=400)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
