"""What makes a thread a pull request."""

from django.db import models

from accounts.models import User
from contributions.discussions.models import Discussion
from hub.revisions.names import MAIN_REF


class PullRequest(models.Model):
    """Commits on a ref of their own (`refs/pr/3`) that are to come to a branch.

    Where they begin is a ref, too (`refs/bases/3`), so that a history that is rewritten takes it along.
    """

    discussion = models.OneToOneField(Discussion, models.CASCADE, primary_key=True, related_name="pull")
    target = models.CharField(max_length=300, default=MAIN_REF)
    merge_commit = models.CharField(max_length=40, blank=True)
    merged_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", db_index=False)
    merged_at = models.DateTimeField(null=True)
    # What stood against the merge when somebody who may merged all the same, as sentences.
    overridden = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"{self.head_ref} → {self.target}"

    @property
    def head_ref(self) -> str:
        """The ref of the commits."""
        return f"refs/pr/{self.discussion.number}"

    @property
    def base_ref(self) -> str:
        """The ref of the commit that they began at, or that was taken over from the target last."""
        return f"refs/bases/{self.discussion.number}"


class Review(models.Model):
    """What somebody last said of a pull request as a whole: approved, or changes requested, of one commit."""

    pull = models.ForeignKey(PullRequest, models.CASCADE, related_name="reviews", db_index=False)
    reviewer = models.ForeignKey(User, models.CASCADE, related_name="+")
    verdict = models.CharField(max_length=16)
    commit = models.CharField(max_length=40)
    created_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pull", "reviewer"], name="review_once_a_reviewer")]

    def __str__(self) -> str:
        return f"{self.verdict} of {self.commit[:8]}"
