"""What happened, one row an act, in the order of the log that it is read from."""

from urllib.parse import quote

from django.db import models

from accounts.models import Namespace, User
from contributions.activity.vocabulary import Kind
from contributions.discussions.models import Discussion
from hub.repos.models import Repository

IN_PUBLIC = models.Q(public=True)


class Act(models.Model):
    """Something that somebody did in a repository; `event` is the audit event that says so.

    `namespace` and `public` are what the repository is in and whether everybody sees it, so that lists are
    read from indexes; whether a reader may see it is asked of the repository all the same. `tag` is a
    release's, `commit`, `ref` and `summary` are a commit's.
    """

    event = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=13, choices=Kind)
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+", db_index=False)
    namespace = models.ForeignKey(Namespace, models.CASCADE, related_name="+", db_index=False)
    public = models.BooleanField()
    user = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    discussion = models.ForeignKey(Discussion, models.CASCADE, null=True, related_name="+")
    tag = models.CharField(max_length=300, blank=True)
    commit = models.CharField(max_length=40, blank=True)
    ref = models.CharField(max_length=300, blank=True)
    summary = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["repository", "-event"], name="act_of_repository"),
            models.Index(fields=["namespace", "-event"], name="act_of_namespace"),
            models.Index(fields=["namespace", "-event"], name="act_of_namespace_public", condition=IN_PUBLIC),
            models.Index(fields=["user", "-event"], name="act_of_user"),
            models.Index(fields=["user", "-event"], name="act_of_user_public", condition=IN_PUBLIC),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event}"

    @property
    def title(self) -> str:
        """What it was done to, as it is called now."""
        if self.discussion is not None:
            return f"{self.discussion.title} (#{self.discussion.number})"
        return self.tag or self.summary or self.commit[:8] or self.repository.full_name

    @property
    def branch(self) -> str:
        """The branch of a commit, unless it is the main one."""
        return "" if self.ref == "refs/heads/main" else self.ref.removeprefix("refs/heads/")

    @property
    def place(self) -> str:
        """The path of the page that shows it, as addresses spell it."""
        here = quote(self.repository.url_path)
        if self.discussion is not None:
            return f"{here}/discussions/{self.discussion.number}"
        if self.tag:
            return f"{here}/release/{quote(self.tag, safe='')}"
        return f"{here}/commit/{self.commit}" if self.commit else here
