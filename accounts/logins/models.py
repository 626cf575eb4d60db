"""Logins of devices: a program asks, a person answers in a browser, the program collects its tokens."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.logins import codes
from accounts.roles import TokenRole


class DeviceLogin(models.Model):
    """One request of a program to log in, for a quarter of an hour; its device code is kept as a hash."""

    class State(models.TextChoices):
        WAITING = "waiting"
        APPROVED = "approved"
        DENIED = "denied"
        COLLECTED = "collected"

    digest = models.CharField(max_length=64, unique=True)
    user_code = models.CharField(max_length=codes.LENGTH, unique=True)
    client_id = models.CharField(max_length=100)
    address = models.CharField(max_length=45)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    role = models.CharField(max_length=12, choices=TokenRole, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)
    polled_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What its token is called: the program, and where it runs as seen from the hub."""
        return f"{codes.program(self.client_id)} on {self.address}"

    @property
    def shown_code(self) -> str:
        """The user code as the program shows it."""
        return codes.shown(self.user_code)


class RefreshToken(models.Model):
    """A secret that gets its access token a new secret, once; used ones are kept to notice a thief."""

    token = models.ForeignKey("accounts.AccessToken", models.CASCADE, related_name="refresh_tokens")
    digest = models.CharField(max_length=64, unique=True)
    client_id = models.CharField(max_length=100)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"for {self.token_id}"
