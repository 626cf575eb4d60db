"""What ties immutable objects to a repository: its refs, its commits, and the blobs it may use."""

from django.conf import settings
from django.db import models

from accounts.models import Namespace
from hub.repos.models import Repository
from storage.models import Commit, Upload


class Ref(models.Model):
    """A name that moves: `refs/heads/main`, `refs/tags/v1`, `refs/pr/3`."""

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="refs")
    name = models.CharField(max_length=300)
    commit = models.ForeignKey(Commit, models.PROTECT, db_column="commit", related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "name"], name="ref_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def short_name(self) -> str:
        """The branch's or tag's own name; other refs keep theirs whole."""
        return self.name.removeprefix("refs/heads/").removeprefix("refs/tags/")


class Release(models.Model):
    """A tag with words about it; while it is there, the tag is, so that what it names stays what it is.

    `files` and `size` (in bytes) are what the tag's commit has.
    """

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+", db_index=False)
    tag = models.OneToOneField(Ref, models.RESTRICT, related_name="release")
    title = models.CharField(max_length=200)
    notes = models.TextField(blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    files = models.IntegerField()
    size = models.BigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["repository", "-id"], name="release_of_repository")]

    def __str__(self) -> str:
        return self.title


class RefRule(models.Model):
    """That refs whose names match `pattern` are protected (hub.revisions.protection).

    For one repository, or for all of a namespace; `approvals` is how many a pull request to them needs.
    """

    repository = models.ForeignKey(Repository, models.CASCADE, null=True, related_name="+")
    namespace = models.ForeignKey(Namespace, models.CASCADE, null=True, related_name="+")
    pattern = models.CharField(max_length=300)
    approvals = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["repository", "namespace", "pattern"], name="ref_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=models.Q(repository=None) ^ models.Q(namespace=None), name="ref_rule_has_one_place"
            ),
        ]

    def __str__(self) -> str:
        return self.pattern

    @property
    def is_tag(self) -> bool:
        """Whether it is about tags, and not about branches."""
        return self.pattern.startswith("refs/tags/")

    @property
    def name(self) -> str:
        """The pattern as people write it."""
        return self.pattern.split("/", 2)[2]


class RepositoryCommit(models.Model):
    """That a commit belongs to a repository: without this row its id is an unknown revision there."""

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    commit = models.ForeignKey(Commit, models.PROTECT, db_column="commit", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "commit"], name="repository_commit_once")
        ]

    def __str__(self) -> str:
        return self.commit_id


class WithheldRevision(models.Model):
    """That a moderator's decision withholds what a repository's commit has in its files.

    Any commit of the repository with the same `tree` has the same files, and is withheld with it. The row
    outlives the repository: one that is made anew at its `address`, or comes there, is where it is withheld
    then. `origin` is the id of the repository that the decision was about; `whole` says that it was about all
    of it, and that it was gone by then: this is one of the commits that it had.
    """

    repository = models.ForeignKey(Repository, models.SET_NULL, null=True, related_name="+")
    origin = models.BigIntegerField()
    address = models.CharField(max_length=300)
    oid = models.CharField(max_length=40)
    tree = models.CharField(max_length=40, blank=True)
    whole = models.BooleanField(default=False, db_default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["origin", "oid", "whole"], name="withheld_revision_once")
        ]
        indexes = [
            models.Index(
                fields=["address"], name="withheld_of_nobody", condition=models.Q(repository__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return self.oid


class WithheldFile(models.Model):
    """That only withheld commits of a repository have a file, under whatever path.

    Where a file is asked for by what it holds, and not by a revision, this is what withholds it
    (hub.revisions.withheld_files).
    """

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+", db_index=False)
    sha256 = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "sha256"], name="withheld_file_once")]

    def __str__(self) -> str:
        return self.sha256


class RepositoryBlob(models.Model):
    """That somebody who may write to the repository has shown to possess the bytes, or is being checked.

    Knowing a sha256 is not possession: this row, not the blob's existence, is what lets a repository use it.
    """

    class State(models.TextChoices):
        CHECKING = "checking"
        PRESENT = "present"
        REFUSED = "refused"

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.PRESENT)
    upload = models.ForeignKey(Upload, models.SET_NULL, null=True, related_name="+")
    # Whether a pointer of Git LFS has named it here; small files are held without one.
    large = models.BooleanField(default=False)
    # Who proposed it, whose limit it counts against until it is merged: None is the owner of the repository.
    # It stays when they leave, for then it counts against nobody's.
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    # Whose commit brought it first, also by a pull request; it stays when that is merged, or they leave.
    brought_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    path = models.CharField(max_length=1024, blank=True)
    commit = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "sha256"], name="repository_blob_once")]
        indexes = [
            models.Index(fields=["sha256"], name="repository_blob_sha256"),
            models.Index(fields=["repository", "commit"], name="repository_blob_commit"),
            models.Index(
                fields=["repository", "-id"], name="repository_blob_large", condition=models.Q(large=True)
            ),
            models.Index(
                fields=["brought_by"],
                name="repository_blob_brought",
                condition=models.Q(brought_by__isnull=False),
            ),
            models.Index(
                fields=["proposer"],
                name="repository_blob_proposer",
                condition=models.Q(proposer__isnull=False),
            ),
            models.Index(
                fields=["repository", "sha256"],
                name="repository_blob_proposed",
                condition=models.Q(proposer__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.sha256


class PathChange(models.Model):
    """That a commit, against its first parent, gave a path the content it has in it.

    `key` is a hash of path and object id (`hub.revisions.changes.key_of`), `depth` the commit's own. A merge
    that took the content over from another parent names it in `via`. Commits without a parent have no rows:
    what nothing else explains came with the first commit.
    """

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+", db_index=False)
    key = models.BinaryField(max_length=20)
    depth = models.IntegerField()
    commit = models.CharField(max_length=40)
    via = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["repository", "key", "depth", "commit"], name="path_change_once")
        ]

    def __str__(self) -> str:
        return f"{self.commit}: {bytes(self.key).hex()}"
