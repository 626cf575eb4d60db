"""The forms of django-allauth for passkeys and security keys, for which a broken answer is bad input."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as keys
from cryptography.exceptions import InvalidSignature
from django import forms
from django.utils.translation import gettext as _

# What the parsers of fido2 raise for an answer that is none, or that another key signed.
BROKEN = (AttributeError, IndexError, InvalidSignature, KeyError, TypeError, ValueError, struct.error)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except BROKEN as problem:
        raise forms.ValidationError(_("The browser’s answer is not valid. Try again.")) from problem


class AddKeyForm(keys.AddWebAuthnForm):
    """A new key; the browser's answer is checked against what the hub asked."""

    def clean(self) -> dict[str, Any]:
        with _refusing():
            return super().clean()


class _UseKeyForm:
    """Checks the answer of a key that somebody has."""

    def clean_credential(self) -> Authenticator:
        with _refusing():
            return super().clean_credential()


class LoginKeyForm(_UseKeyForm, keys.LoginWebAuthnForm):
    """A passkey in place of a password."""


class FactorKeyForm(_UseKeyForm, keys.AuthenticateWebAuthnForm):
    """A key after the password."""


class ConfirmKeyForm(_UseKeyForm, keys.ReauthenticateWebAuthnForm):
    """A key before something that needs care."""
