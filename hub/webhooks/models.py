"""Webhooks, what they watch, and the log of what was sent to them."""

import secrets
import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from accounts.models import AuditEvent, Namespace, User
from hub.repos.models import Repository
from hub.webhooks.vocabulary import Domain, Reason, State

URL_MAX, SECRET_MAX = 2000, 256


def new_key() -> str:
    """24 hexadecimal digits that nobody can guess."""
    return secrets.token_hex(12)


class Webhook(models.Model):
    """An address that is told of what a user watches.

    The secret is kept as it is: it is sent along, signs what is sent, and is shown to its user.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="webhooks")
    key = models.CharField(max_length=24, unique=True, default=new_key, editable=False)
    url = models.CharField(max_length=URL_MAX)
    secret = models.CharField(max_length=SECRET_MAX, blank=True)
    domains = ArrayField(models.CharField(max_length=10, choices=Domain))
    disabled_at = models.DateTimeField(null=True)
    # Set when the hub disabled it, after `failures` deliveries in a row that failed for good.
    paused_at = models.DateTimeField(null=True)
    # Whether the mail about that went out.
    paused_told_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    # Of what happened before, it is not told.
    active_since = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["paused_at"],
                name="webhook_paused_untold",
                condition=models.Q(paused_at__isnull=False, paused_told_at=None),
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def subject(self) -> str:
        """How the audit log names it."""
        return f"webhook:{self.pk}"

    @property
    def disabled(self) -> bool:
        """Whether nothing is sent."""
        return self.disabled_at is not None


class Watch(models.Model):
    """One thing that a webhook watches: a repository, or all of a user or an organisation.

    The repository has no constraint in the database: whoever watches one is told that it was deleted.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="watches", db_index=False)
    namespace = models.ForeignKey(Namespace, models.CASCADE, null=True, related_name="+")
    repository = models.ForeignKey(
        Repository, models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["webhook", "namespace", "repository"], name="watch_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(namespace__isnull=True) ^ models.Q(repository__isnull=True),
                name="watch_is_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id} watches {self.repository_id or self.namespace_id}"


class Delivery(models.Model):
    """One event on its way to one webhook; without an event it is a test.

    Nothing of the payload is kept: it is made anew for each try, from what the user may see then.
    """

    webhook = models.ForeignKey(Webhook, models.CASCADE, related_name="deliveries", db_index=False)
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    event = models.ForeignKey(
        AuditEvent, models.DO_NOTHING, null=True, db_constraint=False, related_name="+", db_index=False
    )
    # Sent once more because somebody asked for it.
    again = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=State, default=State.QUEUED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    # Of the last try: the answer's status, if there was one, why it was no success, and how long it took.
    status = models.PositiveSmallIntegerField(null=True)
    reason = models.CharField(max_length=12, choices=Reason, blank=True, default="")
    seconds = models.FloatField(null=True)
    # The beginning of what was answered, without the secret if it was echoed.
    answer = models.TextField(blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["event", "webhook"],
                name="delivery_once",
                condition=models.Q(again=False, event__isnull=False),
            )
        ]
        indexes = [
            models.Index(fields=["webhook", "-id"], name="delivery_log"),
            models.Index(fields=["next_at"], name="delivery_due", condition=models.Q(state="queued")),
            models.Index(fields=["created_at"], name="delivery_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.state}"
