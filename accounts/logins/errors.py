"""What a program that logs in is told, each by its name in RFC 6749 (5.2) or RFC 8628 (3.5)."""

from accounts.errors import AccountError


class OAuthError(AccountError):
    """Base; `code` is the name, the message a sentence for people."""

    code = "invalid_request"


class InvalidRequest(OAuthError):
    """A parameter is missing, given twice, or malformed."""


class InvalidGrant(OAuthError):
    """The device code or refresh token is unknown, used, expired, revoked, or another program's."""

    code = "invalid_grant"


class UnsupportedGrantType(OAuthError):
    """The hub gives no tokens in this way."""

    code = "unsupported_grant_type"


class AuthorizationPending(OAuthError):
    """Nobody has answered yet."""

    code = "authorization_pending"


class SlowDown(OAuthError):
    """The program asks more often than it was told to; it waits five seconds more from now on."""

    code = "slow_down"


class AccessDenied(OAuthError):
    """The person said no, or may not log in any more."""

    code = "access_denied"


class ExpiredToken(OAuthError):
    """Nobody answered in time."""

    code = "expired_token"


class LoginAnswered(AccountError):
    """The login was answered already, or its time is over."""

    field = "user_code"
