"""How django-allauth's sign-up and log-in meet the accounts of the hub."""

import logging
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import names
from accounts.departures.selectors import is_retired
from accounts.errors import NameForbidden, NameInvalid
from accounts.forbidden import require_allowed
from accounts.models import User
from accounts.selectors import namespace_by_name
from accounts.services import create_user, set_password
from hub.http.throttling import address

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    """Signs up users with their namespace, keeps suspended ones out, and mails in the hub's own name."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a name that cannot be an address, that nobody gets, or that somebody has already."""
        try:
            names.check_name(username)
            if not shallow:
                require_allowed(username)
        except (NameInvalid, NameForbidden) as problem:
            raise forms.ValidationError(str(problem)) from problem
        if not shallow and (namespace_by_name(username) is not None or is_retired(username)):
            raise forms.ValidationError(_("This name is taken."))
        return username

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        """Make the user by the hub's own service, which adds the namespace and the log entry."""
        data = form.cleaned_data
        return create_user(username=data["username"], email=data["email"], password=data["password1"])

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Turn a suspended user away."""
        if user.suspended_at is not None:
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def get_client_ip(self, request: HttpRequest) -> str:
        """The address that rate limits count, so that all limits know a caller by the same."""
        return address(request)

    def set_password(self, user: User, password: str) -> None:
        """Change or reset a password by the hub's own service, which adds the log entry."""
        set_password(user=user, password=password, actor=user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send a mail whose links lead to this hub; the host that a request names is its sender's word."""
        links = {name: _on_this_hub(value) for name, value in context.items() if name.endswith("_url")}
        try:
            super().send_mail(template_prefix, email, context | links | {"current_site": _site()})
        except OSError:
            # What was asked for stands, such as a new account; only the mail has to be asked for again.
            log.exception("a mail could not be sent: %s", template_prefix)
            messages.error(
                self.request, _("The hub cannot send mails at the moment. Ask for it again later.")
            )

    def format_email_subject(self, subject: str) -> str:
        """Say who writes."""
        return f"[{_site().name}] {subject}"


class FactorAdapter(DefaultMFAAdapter):
    """Names this hub to authenticator apps and passkeys, and the person by the username."""

    def get_totp_issuer(self) -> str:
        """What an app shows above the code, so that two hubs are told apart."""
        return f"{_site().name} ({self._host()})"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Which site a passkey belongs to: the public host name, where one is set."""
        return {"id": self._host(), "name": _site().name}

    def _get_user_identifier(self, user: User) -> str:
        return user.username

    def _host(self) -> str:
        if settings.HUB_URL:
            return urlsplit(settings.HUB_URL).hostname or ""
        return context.request.get_host().partition(":")[0]


class SignOnAdapter(DefaultSocialAccountAdapter):
    """Lets people in whom an OpenID Connect provider knows; the first time, they choose a name."""

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        """Make the user by the hub's own service; there is no password until one is set."""
        data = form.cleaned_data
        user = create_user(username=data["username"], email=data["email"], password=None)
        sociallogin.user = user
        sociallogin.save(request)
        return user


def _site() -> SimpleNamespace:
    return SimpleNamespace(name="Allmende", domain=urlsplit(settings.LOCAL_URL).netloc)


def _on_this_hub(link: str) -> str:
    return settings.LOCAL_URL + urlsplit(link).path
