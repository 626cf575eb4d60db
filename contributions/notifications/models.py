"""What people want to know, and what they were told."""

from urllib.parse import quote

from django.db import models
from django.utils import timezone

from accounts.models import Namespace, User
from contributions.discussions.models import Discussion
from contributions.notifications.vocabulary import Happened, Level, Pace, Reason
from hub.repos.models import Repository


class Watch(models.Model):
    """How much a user wants to know of one thing; the smaller thing counts before the larger."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    namespace = models.ForeignKey(Namespace, models.CASCADE, null=True, related_name="+", db_index=False)
    repository = models.ForeignKey(Repository, models.CASCADE, null=True, related_name="+", db_index=False)
    discussion = models.ForeignKey(Discussion, models.CASCADE, null=True, related_name="+", db_index=False)
    level = models.CharField(max_length=13, choices=Level)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["namespace", "user"], name="watch_namespace_once"),
            models.UniqueConstraint(fields=["repository", "user"], name="watch_repository_once"),
            models.UniqueConstraint(fields=["discussion", "user"], name="watch_discussion_once"),
            models.CheckConstraint(
                condition=models.Q(namespace__isnull=False, repository=None, discussion=None)
                | models.Q(namespace=None, repository__isnull=False, discussion=None)
                | models.Q(namespace=None, repository=None, discussion__isnull=False),
                name="notification_watch_is_of_one_thing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} for {self.user_id}"


class Preference(models.Model):
    """How a user is told of what comes for one reason, where they set it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=13, choices=Reason)
    web = models.BooleanField(default=True)
    mail = models.CharField(max_length=11, choices=Pace)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once_a_kind")]

    def __str__(self) -> str:
        return f"{self.kind}: {self.mail}"


class Notification(models.Model):
    """That something happened in a thread, or that something was released: one row a person and thing.

    It moves up with what happens next. `news` is the audit event that it was told by last, and `comment` the
    thread's event that it leads to. `mail` says how a mail that waits goes out, and is empty when none does;
    the mail quotes the thread from its event `mail_from` to `comment`. Whoever sends it holds it until
    `mailing_until`, and is done with the news up to `mailing_news`.

    Locks are taken in one order, so that telling, mailing, reading and unsubscribing never wait in a circle:
    the thread, then rows of this table by their ids. Holding rows for a mail waits for none.
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+", db_index=False)
    discussion = models.ForeignKey(Discussion, models.CASCADE, null=True, related_name="+", db_index=False)
    tag = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=13, choices=Reason)
    happened = models.CharField(max_length=9, choices=Happened)
    actor = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    comment = models.BigIntegerField(null=True)
    news = models.BigIntegerField()
    in_web = models.BooleanField()
    happened_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail = models.CharField(max_length=11, choices=Pace, blank=True)
    mail_from = models.BigIntegerField(null=True)
    waits_since = models.DateTimeField(null=True)
    mailing_until = models.DateTimeField(null=True)
    mailing_news = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["discussion", "user"], name="notification_once_a_thread"),
            models.UniqueConstraint(
                fields=["repository", "tag", "user"],
                name="notification_once_a_release",
                condition=models.Q(discussion=None),
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-news"], name="notification_of_user"),
            models.Index(
                fields=["user"],
                name="notification_unread",
                condition=models.Q(read_at=None, in_web=True),
            ),
            models.Index(
                fields=["mail", "waits_since"], name="notification_to_mail", condition=~models.Q(mail="")
            ),
            models.Index(fields=["repository"], name="notification_of_repository"),
        ]

    def __str__(self) -> str:
        return f"{self.reason}: {self.happened}"

    @property
    def place(self) -> str:
        """The path that it leads to, as addresses spell it."""
        if self.discussion is None:
            return f"{quote(self.repository.url_path)}/release/{quote(self.tag, safe='')}"
        self.discussion.repository = self.repository
        return quote(self.discussion.url_path) + (f"#event-{self.comment}" if self.comment else "")

    @property
    def title(self) -> str:
        """What it is about."""
        return self.discussion.title if self.discussion else self.tag


class Told(models.Model):
    """That people were told of an audit event, so that it is done once, and found when it was not."""

    event = models.BigIntegerField(primary_key=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="told_since")]

    def __str__(self) -> str:
        return str(self.event)
