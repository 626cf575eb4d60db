"""What was read of a commit's licence, what a repository inherits, and what is to be said of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from hub.repos.models import Repository


class LicenceCheck(models.Model):
    """What the card and the licence files of one commit say; `book` is which licences were known then."""

    class Verdict(models.TextChoices):
        KNOWN = "known", "known"
        UNKNOWN = "unknown", "unknown"
        MISSING = "missing", "missing"
        INVALID = "invalid", "incomplete"

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    commit = models.CharField(max_length=40)
    verdict = models.CharField(max_length=10, choices=Verdict, default=Verdict.MISSING)
    declared = models.CharField(max_length=200, blank=True)
    read = models.JSONField(default=dict)
    # Whether a licence that nobody knows today could be known once it is registered.
    puzzling = models.BooleanField(default=False)
    book = models.CharField(max_length=100, default="")
    checked_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "commit"], name="licence_check_once_a_commit")
        ]
        indexes = [
            models.Index(fields=["id"], name="licence_check_puzzling", condition=Q(puzzling=True)),
        ]

    def __str__(self) -> str:
        return f"{self.repository_id}@{self.commit[:8]}: {self.verdict}"


class LicenceStanding(models.Model):
    """The terms of a repository's head, with all that comes down from its ancestors.

    `keys` are its own licences and the inherited ones; `inherited` is [key, name of the ancestor, steps].
    `flow` is what it hands down, with the ancestor's id behind that; `digest` tells each change of it apart,
    and `told` is the digest that its derivatives have taken in: while they differ, some have not.
    `stood_at` is when that was last seen to.
    """

    repository = models.OneToOneField(Repository, models.CASCADE, primary_key=True, related_name="+")
    commit = models.CharField(max_length=40, blank=True)
    own = models.JSONField(default=list)
    inherited = models.JSONField(default=list)
    keys = ArrayField(models.CharField(max_length=100), default=list)
    flow = models.JSONField(default=list)
    terms = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, blank=True)
    told = models.CharField(max_length=64, blank=True)
    rules = models.CharField(max_length=64, blank=True)
    # As what it was seen by others: under which name, by whom, with or without a gate.
    seen = models.CharField(max_length=300, blank=True)
    stood_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            GinIndex(fields=["keys"], name="licence_standing_keys"),
            models.Index(fields=["rules"], name="licence_standing_rules"),
            models.Index(fields=["stood_at"], name="licence_standing_untold", condition=~Q(told=F("digest"))),
        ]

    def __str__(self) -> str:
        return f"{self.repository_id}: {', '.join(self.keys)}"


class LicenceEdge(models.Model):
    """A model and what it was made of, by the name that `field` of the file at `path` gives: a model, or a
    dataset that it was trained on.

    `name` is in lower case, `spelled` as the file has it.
    `base` is the repository of that name, if there is one; no constraint of the database, so that a base of
    many can be deleted at once. `was` are the base's licences when the edge was first seen.
    """

    child = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    base = models.ForeignKey(
        Repository, models.DO_NOTHING, null=True, db_constraint=False, related_name="+", db_index=False
    )
    name = models.CharField(max_length=200)
    spelled = models.CharField(max_length=200)
    relation = models.CharField(max_length=20, blank=True)
    path = models.CharField(max_length=1024)
    field = models.CharField(max_length=100)
    line = models.IntegerField(default=0)
    was = models.JSONField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["child", "name", "path", "field"], name="licence_edge_once_a_file"
            )
        ]
        indexes = [
            models.Index(fields=["base", "child"], name="licence_edge_children"),
            models.Index(fields=["name", "child"], name="licence_edge_loose", condition=Q(base=None)),
        ]

    def __str__(self) -> str:
        return f"{self.child_id} {self.relation or 'of'} {self.name}"


class LicenceFinding(models.Model):
    """Something to say about a repository's licence; `key` is the same for as long as it is the same matter.

    `about` tells whether the matter changed: an answer that was given to it counts for what it was.
    """

    class Severity(models.TextChoices):
        INFO = "info"
        WARNING = "warning"
        CONFLICT = "conflict"

    class State(models.TextChoices):
        OPEN = "open"
        DISPUTED = "disputed"
        WAIVED = "waived"
        RESOLVED = "resolved"

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    key = models.CharField(max_length=300)
    rule = models.CharField(max_length=40)
    severity = models.CharField(max_length=10, choices=Severity)
    said = models.JSONField()
    about = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # Public: why its publisher disputes it, or why a moderator waived it.
    reason = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True)
    # Of a resolved one: the state to come back to with its reason, if the same matter does.
    answered = models.CharField(max_length=10, choices=State, blank=True, default="")
    raised_at = models.DateTimeField(null=True)
    first_commit = models.CharField(max_length=40)
    first_seen = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "key"], name="licence_finding_once"),
        ]

    def __str__(self) -> str:
        return f"{self.repository_id}: {self.key} {self.state}"


class RegisteredLicence(models.Model):
    """A licence that staff added to those the hub comes with: its text, and what it allows.

    `fields` are those of a licence of the catalogue; `fingerprint` is made of the text.
    """

    key = models.SlugField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    text = models.TextField(max_length=262_144)
    fingerprint = models.BinaryField()
    fields = models.JSONField(default=dict)
    source_url = models.URLField(max_length=1000, blank=True)
    retired = models.BooleanField(default=False)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return self.key

    @property
    def version(self) -> str:
        """Another one after each change."""
        return self.updated_at.isoformat()
