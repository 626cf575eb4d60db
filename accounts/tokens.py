"""How an access token looks and how it is kept. Pure."""

import hashlib
import re
import secrets
from collections.abc import Iterator

PREFIX = "alm_"
REFRESH_PREFIX = "alr_"
RANDOM_BYTES = 30  # 40 characters of base64, with nothing to pad

_FORMS = tuple(
    re.compile(re.escape(prefix.encode()) + rb"(?=([A-Za-z0-9_-]{40}))")
    for prefix in (PREFIX, REFRESH_PREFIX)
)


def make(prefix: str = PREFIX) -> str:
    """A new token in plain text: "alm_" and 40 URL-safe characters (240 random bits)."""
    return prefix + secrets.token_urlsafe(RANDOM_BYTES)


def digest(plaintext: str) -> str:
    """The sha256 of the token in hex, the only form that is stored.

    A plain hash is enough: the token is random and long, so there is nothing to guess from a dictionary.
    """
    return hashlib.sha256(plaintext.encode()).hexdigest()


def hint(plaintext: str) -> str:
    """The last four characters, by which its owner tells one token from another."""
    return plaintext[-4:]


def find(data: bytes) -> Iterator[tuple[int, str]]:
    """Whatever has the form of a token, with its offset, also where more letters stand right beside it."""
    for form in _FORMS:
        for match in form.finditer(data):
            yield match.start(), (match[0] + match[1]).decode()
