"""How an access token looks and how it is kept. Pure."""

import hashlib
import secrets

PREFIX = "alm_"
REFRESH_PREFIX = "alr_"
RANDOM_BYTES = 30  # 40 characters of base64, with nothing to pad


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
