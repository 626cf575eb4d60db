"""Who likes what."""

from django.conf import settings
from django.db import models

from hub.repos.models import Repository


class Like(models.Model):
    """That a user likes a repository, once; `Repository.likes` is the number of these rows."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    repository = models.ForeignKey(Repository, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "repository"], name="like_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="like_of_user"),
            models.Index(fields=["repository", "-id"], name="like_of_repository"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} likes {self.repository_id}"
