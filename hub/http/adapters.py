"""How django-allauth's sign-up and log-in meet the accounts of the hub."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import names
from accounts.errors import NameInvalid
from accounts.models import User
from accounts.selectors import namespace_by_name
from accounts.services import create_user


class AccountAdapter(DefaultAccountAdapter):
    """Signs up users with their namespace, and keeps suspended ones out."""

    def clean_username(self, username: str, shallow: bool = False) -> str:
        """Refuse a name that cannot be an address, or that a user or an organisation has already."""
        try:
            names.check_name(username)
        except NameInvalid as problem:
            raise forms.ValidationError(str(problem)) from problem
        if not shallow and namespace_by_name(username) is not None:
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
