"""Who is asking, and with what."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser

from accounts.grants import Scope
from accounts.models import AccessToken, User
from accounts.roles import TokenRole


@dataclass(frozen=True)
class Actor:
    """A user, with the token used if it was one; nobody when `user` is None.

    `scope` is what a fine-grained token is granted, and None for everything else.
    """

    user: User | None
    token: AccessToken | None
    scope: Scope | None = None

    def __post_init__(self) -> None:
        if self.token is not None and self.token.role == TokenRole.FINE_GRAINED and self.scope is None:
            raise ValueError("A fine-grained token acts within its scope.")

    @property
    def is_authenticated(self) -> bool:
        return self.user is not None

    @property
    def may_write(self) -> bool:
        """True unless the token used is one that may only read, or only do what it is granted.

        What the user may do, and what a fine-grained token is granted, is asked elsewhere.
        """
        return self.token is None or self.token.role == TokenRole.WRITE


ANONYMOUS = Actor(None, None)


def actor_for_session(user: User | AnonymousUser) -> Actor:
    """The actor of a browser session; ANONYMOUS for nobody and for a suspended user."""
    if not isinstance(user, User) or user.suspended_at is not None:
        return ANONYMOUS
    return Actor(user, None)
