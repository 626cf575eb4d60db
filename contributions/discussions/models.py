"""Threads about a repository, numbered from 1, and what happened in them in order."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from contributions.discussions.vocabulary import UNDER_WAY, Emoji, Kind, Status
from hub.repos.models import Repository

# Of events: those whose text is shown, as `DiscussionEvent.hidden` says of one.
SHOWN = models.Q(hidden_at=None, withheld_at=None)


class Discussion(models.Model):
    """One thread; a pull request is one with a ref of its own (contributions.pulls)."""

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="discussions", db_index=False)
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    is_pull = models.BooleanField(default=False)
    status = models.CharField(max_length=6, choices=Status, default=Status.OPEN)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="discussions")
    locked_at = models.DateTimeField(null=True)
    pinned_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "number"], name="discussion_number"),
            models.CheckConstraint(
                condition=models.Q(is_pull=True) | ~models.Q(status__in=[Status.DRAFT, Status.MERGED]),
                name="discussion_only_a_pull_is_merged",
            ),
        ]
        indexes = [
            models.Index(fields=["repository", "is_pull", "status", "-number"], name="discussion_list"),
            models.Index(
                fields=["repository"], name="discussion_under_way", condition=models.Q(status__in=UNDER_WAY)
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.title}"

    @property
    def under_way(self) -> bool:
        """Whether it is neither closed nor merged."""
        return self.status in UNDER_WAY

    @property
    def git_reference(self) -> str:
        """The ref of a pull request's commits."""
        return f"refs/pr/{self.number}"

    @property
    def url_path(self) -> str:
        """The address of its page, without the host."""
        return f"{self.repository.url_path}/discussions/{self.number}"


class DiscussionEvent(models.Model):
    """Something that happened in a thread: a comment, or a change that `data` describes.

    `text` is what a comment or a review says now. A comment on a line has in `data` the `path`, the `side`
    (old or new), the `line`, the `commit` and the `blob` that it was written at, the lines `around` it with
    their numbers, and whether it is `resolved`. One that was hidden here is shown again here; one that is
    withheld by a moderator's decision only when that is undone.
    """

    discussion = models.ForeignKey(Discussion, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=16, choices=Kind)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    text = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    edited_at = models.DateTimeField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    withheld_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["author", "-created_at"], name="discussion_event_author")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def event_id(self) -> str:
        """Its id as the API spells it: 24 hexadecimal digits."""
        return f"{self.pk:024x}"

    @property
    def hidden(self) -> bool:
        """Whether its text is not shown."""
        return self.hidden_at is not None or self.withheld_at is not None


class CommentEdit(models.Model):
    """What a comment said before it was edited."""

    event = models.ForeignKey(DiscussionEvent, models.CASCADE, related_name="edits")
    text = models.TextField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"of {self.event_id}"


class Reaction(models.Model):
    """Somebody's reaction to a comment."""

    event = models.ForeignKey(DiscussionEvent, models.CASCADE, related_name="reactions", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    emoji = models.CharField(max_length=4, choices=Emoji)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "emoji", "user"], name="reaction_once")]

    def __str__(self) -> str:
        return self.emoji
