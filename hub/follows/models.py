"""Who follows whom."""

from django.conf import settings
from django.db import models

from accounts.models import Namespace


class Follow(models.Model):
    """That a user follows another user or an organisation, once."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    namespace = models.ForeignKey(Namespace, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "namespace"], name="follow_once")]
        indexes = [
            models.Index(fields=["user", "-id"], name="follow_of_user"),
            models.Index(fields=["namespace", "-id"], name="follow_of_namespace"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.namespace_id}"
