"""Offers to join an organisation."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.roles import Role


class Invitation(models.Model):
    """An offer to join with a role; only the sha256 of its link's secret is kept.

    With an address or a user it is one person's and ends when it is accepted. Without either it is a link for
    whoever has it, until it ends or is revoked.
    """

    organisation = models.ForeignKey("accounts.Namespace", models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role)
    email = models.EmailField(blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="invitations")
    digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(role__in=Role.values), name="accounts_invitation_role_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} in {self.organisation_id}"

    @property
    def is_personal(self) -> bool:
        """Whether it is for one person, and not for whoever has the link."""
        return bool(self.email) or self.user_id is not None
