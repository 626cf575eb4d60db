"""Who a request speaks for: a bearer token, a token as a Basic password, or a browser's session."""

import base64
import binascii

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, CSRFCheck
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.actors import ANONYMOUS, Actor, actor_for_session
from accounts.models import User
from accounts.selectors import actor_for_token

INVALID = "Invalid credentials in Authorization header"


class HubAuthentication(BaseAuthentication):
    """Django REST framework's way to `actor_of`; `request.auth` is the Actor."""

    def authenticate(self, request: Request) -> tuple[User | None, Actor]:
        """The actor; AuthenticationFailed for a token that is unknown, revoked or suspended."""
        plain = request._request
        actor = actor_of(plain)
        if actor.is_authenticated and actor.token is None:
            enforce_csrf(plain)
        return actor.user, actor

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Bearer realm="hub"'


def actor_of(request: HttpRequest) -> Actor:
    """The actor of a request, found once; AuthenticationFailed for a bad token."""
    if not hasattr(request, "_actor"):
        header = request.headers.get("Authorization")
        request._actor = _by_header(header) if header else _by_session(request)
    return request._actor


def enforce_csrf(request: HttpRequest) -> None:
    """A browser's session may change something only from the hub's own pages."""
    check = CSRFCheck(lambda _: None)
    check.process_request(request)
    reason = check.process_view(request, None, (), {})
    if reason:
        raise PermissionDenied(f"CSRF Failed: {reason}")


def _by_session(request: HttpRequest) -> Actor:
    """Without the session's cookie there is nothing to read, and nothing that would differ with it."""
    return actor_for_session(request.user) if settings.SESSION_COOKIE_NAME in request.COOKIES else ANONYMOUS


def token_in(header: str) -> str:
    """The token that an Authorization header shows, by whichever scheme; "" when it has none."""
    scheme, _, value = header.partition(" ")
    return value.strip() if scheme.lower() == "bearer" else _basic_password(scheme, value)


def _by_header(header: str) -> Actor:
    plaintext = token_in(header)
    actor = actor_for_token(plaintext) if plaintext else None
    if actor is None:
        raise AuthenticationFailed(INVALID)
    return actor


def _basic_password(scheme: str, value: str) -> str:
    """The token that git sends as the password of any user name."""
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""
