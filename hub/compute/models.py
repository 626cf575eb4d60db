"""What was computed of the files of one commit."""

from django.db import models

from hub.repos.models import Repository


class Facts(models.Model):
    """What the files of one commit say of the model or dataset; a fact that there is none of is null.

    `complete` is false while files of the commit are still being verified: what was read so far stands.
    """

    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    commit = models.CharField(max_length=40)
    complete = models.BooleanField(default=False)
    # Bytes of all files of the commit.
    size = models.BigIntegerField(default=0)
    # Weights in all dtypes together, from safetensors if there are any, else from gguf.
    parameters = models.BigIntegerField(null=True)
    safetensors = models.JSONField(null=True)
    gguf = models.JSONField(null=True)
    # How many tokens the model sees at once.
    context_length = models.BigIntegerField(null=True)
    config = models.JSONField(null=True)
    transformers = models.JSONField(null=True)
    mask_token = models.CharField(max_length=200, blank=True, default="")
    evaluations = models.JSONField(default=list)
    # Width and height in pixels of the first pictures, by path.
    pictures = models.JSONField(default=dict)
    # Models that files beside the card say this one was made of, as {name, path, field}.
    bases = models.JSONField(default=list)
    # Sentences for the publisher: which file could not be read, and why.
    problems = models.JSONField(default=list)
    computed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["repository", "commit"], name="facts_once_a_commit")]

    def __str__(self) -> str:
        return f"{self.repository_id}@{self.commit[:8]}"
