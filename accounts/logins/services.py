"""Logging in a device (RFC 8628) and keeping it logged in (RFC 6749, 6).

Each step is one compare-and-swap on a row: of two who answer, collect or refresh at once, one succeeds.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit, tokens
from accounts.errors import RoleUnknown
from accounts.events import AccountEvent
from accounts.logins import codes
from accounts.logins.errors import (
    AccessDenied,
    AuthorizationPending,
    ExpiredToken,
    InvalidGrant,
    InvalidRequest,
    LoginAnswered,
    SlowDown,
)
from accounts.logins.models import DeviceLogin, RefreshToken
from accounts.models import AccessToken, User
from accounts.roles import TokenRole
from accounts.services import create_token, end_token

CODE_LIFETIME = timedelta(minutes=15)
# For so long a program that comes back late is told that its code expired, and not that there was none.
CODE_REMEMBERED = timedelta(hours=1)
INTERVAL = timedelta(seconds=5)
# How much earlier than told a program may ask: requests do not all travel equally long.
TOLERANCE = timedelta(seconds=1)
# huggingface_hub refreshes in the last day of a token.
ACCESS_LIFETIME = timedelta(days=30)
REFRESH_LIFETIME = timedelta(days=90)
# What is under way with the former secret, such as a long upload, may end.
FORMER_LIFETIME = timedelta(days=1)
ROLES = (TokenRole.READ, TokenRole.WRITE)


@dataclass(frozen=True)
class Issued:
    """The secrets of a device, in plain text only here."""

    access_token: str
    refresh_token: str
    expires_in: int


def begin(*, client_id: str, address: str) -> tuple[DeviceLogin, str]:
    """Let a program ask for a login; the device code is in the answer only. Raises InvalidRequest."""
    if not codes.CLIENT_ID.fullmatch(client_id):
        raise InvalidRequest("client_id has 1 to 100 letters, digits, '.', '_' and '-'.")
    now = timezone.now()
    DeviceLogin.objects.filter(expires_at__lt=now - CODE_REMEMBERED).delete()
    device_code = secrets.token_urlsafe(32)
    login = DeviceLogin.objects.create(
        digest=tokens.digest(device_code),
        user_code=_free_user_code(),
        client_id=client_id,
        address=address[: DeviceLogin._meta.get_field("address").max_length],
        created_at=now,
        expires_at=now + CODE_LIFETIME,
    )
    return login, device_code


@transaction.atomic
def approve(*, login: DeviceLogin, user: User, role: str) -> None:
    """Let the device act for the user, to read or to write. Raises LoginAnswered or RoleUnknown."""
    if role not in ROLES:
        raise RoleUnknown(f"A device may {' or '.join(ROLES)}.")
    _answer(login, DeviceLogin.State.APPROVED, user=user, role=role)
    _record(AccountEvent.LOGIN_APPROVED, login, user, role=str(role))


@transaction.atomic
def deny(*, login: DeviceLogin, user: User) -> None:
    """Turn the device away. Raises LoginAnswered."""
    _answer(login, DeviceLogin.State.DENIED, user=user)
    _record(AccountEvent.LOGIN_DENIED, login, user)


def collect(*, device_code: str, client_id: str) -> Issued:
    """The tokens of an approved login, once.

    Raises AuthorizationPending, SlowDown, AccessDenied, ExpiredToken or InvalidGrant, as RFC 8628 has it.
    """
    login = (
        DeviceLogin.objects.select_related("user")
        .filter(digest=tokens.digest(device_code), client_id=client_id)
        .first()
    )
    if login is None or login.state == DeviceLogin.State.COLLECTED:
        raise InvalidGrant("There is no such device code, or its tokens were collected.")
    now = timezone.now()
    if login.expires_at <= now:
        raise ExpiredToken("The code has expired. Ask for another one.")
    if not _polls_in_time(login, now):
        raise SlowDown(f"Ask every {INTERVAL.seconds} seconds.")
    if login.state == DeviceLogin.State.WAITING:
        raise AuthorizationPending("Nobody has answered yet.")
    if login.state == DeviceLogin.State.DENIED or login.user.suspended_at is not None:
        raise AccessDenied("The login was denied.")
    return _collected(login)


def refresh(*, refresh_token: str, client_id: str) -> Issued:
    """New secrets for a device's token; the former refresh token ends, the former secret within a day.

    InvalidGrant when the refresh token does not count. One that was used before has been copied: then its
    access token is revoked, for whoever holds it.
    """
    spent = (
        RefreshToken.objects.select_related("token__user")
        .filter(digest=tokens.digest(refresh_token), client_id=client_id)
        .first()
    )
    now = timezone.now()
    if spent is None or spent.expires_at <= now or spent.token.user.suspended_at is not None:
        raise InvalidGrant("The refresh token is unknown or expired. Log in again.")
    with transaction.atomic():
        if RefreshToken.objects.filter(pk=spent.pk, used_at=None).update(used_at=now):
            return _rotated(spent, now)
    end_token(token=spent.token, reason="a refresh token was used twice")
    raise InvalidGrant("The refresh token was used before, so this login has ended. Log in again.")


def _free_user_code() -> str:
    user_code = codes.make_user_code()
    while DeviceLogin.objects.filter(user_code=user_code).exists():
        user_code = codes.make_user_code()
    return user_code


def _answer(login: DeviceLogin, state: str, **fields: Any) -> None:
    waiting = DeviceLogin.objects.filter(
        pk=login.pk, state=DeviceLogin.State.WAITING, expires_at__gt=timezone.now()
    )
    if not waiting.update(state=state, **fields):
        raise LoginAnswered(gettext("This login was answered already, or its time is over."))


def _record(event: str, login: DeviceLogin, user: User, **data: Any) -> None:
    audit.record(event, actor=user, subject=f"login:{login.pk}", name=login.name, **data)


def _polls_in_time(login: DeviceLogin, now: datetime) -> bool:
    """Note the time of asking; False, and nothing noted, when it is too soon after the last."""
    due = Q(polled_at=None) | Q(polled_at__lte=now - INTERVAL + TOLERANCE)
    return bool(DeviceLogin.objects.filter(due, pk=login.pk).update(polled_at=now))


@transaction.atomic
def _collected(login: DeviceLogin) -> Issued:
    approved = DeviceLogin.objects.filter(pk=login.pk, state=DeviceLogin.State.APPROVED)
    if not approved.update(state=DeviceLogin.State.COLLECTED):
        raise InvalidGrant("The tokens of this device code were collected.")
    now = timezone.now()
    token, access_token = create_token(
        user=login.user, name=login.name, role=login.role, expires_at=now + ACCESS_LIFETIME
    )
    return _issued(token, access_token, login.client_id, now)


def _rotated(spent: RefreshToken, now: datetime) -> Issued:
    access_token = tokens.make()
    token = spent.token
    # In an UPDATE, F is what the row held before it.
    changed = AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(
        former_digest=F("digest"),
        former_until=Least(F("expires_at"), now + FORMER_LIFETIME),
        digest=tokens.digest(access_token),
        hint=tokens.hint(access_token),
        expires_at=now + ACCESS_LIFETIME,
    )
    if not changed:
        raise InvalidGrant("This login has ended. Log in again.")
    token.refresh_tokens.filter(expires_at__lte=now).delete()
    audit.record(AccountEvent.TOKEN_REFRESHED, actor=token.user, subject=f"token:{token.pk}", name=token.name)
    return _issued(token, access_token, spent.client_id, now)


def _issued(token: AccessToken, access_token: str, client_id: str, now: datetime) -> Issued:
    refresh_token = tokens.make(tokens.REFRESH_PREFIX)
    RefreshToken.objects.create(
        token=token,
        digest=tokens.digest(refresh_token),
        client_id=client_id,
        created_at=now,
        expires_at=now + REFRESH_LIFETIME,
    )
    return Issued(access_token, refresh_token, int(ACCESS_LIFETIME.total_seconds()))
