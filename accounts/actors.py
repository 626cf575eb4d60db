"""Who is asking, and with what."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.models import AccessToken, User
from accounts.roles import TokenRole


@dataclass(frozen=True)
class Actor:
    """A user, with the token used if it was one; nobody when `user` is None."""

    user: User | None
    token: AccessToken | None

    @property
    def is_authenticated(self) -> bool:
        return self.user is not None

    @property
    def may_write(self) -> bool:
        """True unless a token that may only read was used; what the user may do is asked elsewhere."""
        return self.token is None or self.token.role == TokenRole.WRITE


ANONYMOUS = Actor(None, None)


def actor_for_session(user: User | AnonymousUser) -> Actor:
    """The actor of a browser session; ANONYMOUS for nobody and for a suspended user."""
    if not isinstance(user, User) or user.suspended_at is not None:
        return ANONYMOUS
    return Actor(user, None)
