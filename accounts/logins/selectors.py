"""Questions about logins of devices."""

from django.utils import timezone

from accounts.logins import codes
from accounts.logins.models import DeviceLogin


def login_waiting(typed: str) -> DeviceLogin | None:
    """The login whose code somebody typed, while it waits for an answer; None for all others alike."""
    user_code = codes.typed(typed)
    if not user_code:
        return None
    waiting = DeviceLogin.objects.filter(state=DeviceLogin.State.WAITING, expires_at__gt=timezone.now())
    return waiting.filter(user_code=user_code).first()
