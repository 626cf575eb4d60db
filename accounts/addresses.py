"""Where and in which language people are written to: only at addresses that they have shown to be theirs."""

from collections.abc import Iterable

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import User


def confirmed_addresses(users: Iterable[User]) -> dict[int, str]:
    """The primary addresses that people confirmed, by user id; one query.

    Anybody can sign up with the address of somebody else, who shall get no mail of what happens here.
    """
    rows = EmailAddress.objects.filter(user__in=[user.pk for user in users], primary=True, verified=True)
    return dict(rows.values_list("user", "email"))


def with_confirmed_address(users: QuerySet[User]) -> QuerySet[User]:
    """Those of some users whom `confirmed_addresses` has an address of."""
    confirmed = EmailAddress.objects.filter(user=OuterRef("pk"), primary=True, verified=True)
    return users.filter(Exists(confirmed))


def language_of(user: User | None, *, otherwise: str = "") -> str:
    """The language that the user chose on a page, or `otherwise`, or else the hub's."""
    wished = (user.language if user else "", otherwise)
    known = (language for language in wished if language in dict(settings.LANGUAGES))
    return next(known, settings.LANGUAGE_CODE)


def choose_language(*, user: User, language: str) -> None:
    """Write to the user in this language from now on, one of the hub's."""
    User.objects.filter(pk=user.pk).exclude(language=language).update(language=language)


def confirm(user: User) -> None:
    """Take a new user's address for confirmed, because the operator said so."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
