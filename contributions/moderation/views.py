"""The selections of the queue that moderators keep."""

from django.utils.translation import gettext

from accounts.models import User
from contributions.moderation.models import SavedView
from hub.errors import InvalidInput

MOST = 20


def views_of(user: User) -> list[SavedView]:
    """The user's own, by name."""
    return list(SavedView.objects.filter(user=user).order_by("name"))


def save_view(*, user: User, name: str, query: str) -> SavedView:
    """Keep a selection under a name, in place of the one that had it; InvalidInput for too many."""
    known = SavedView.objects.filter(user=user)
    if known.exclude(name=name.strip()).count() >= MOST:
        raise InvalidInput(gettext("%d views are kept at most.") % MOST, "name")
    view, _ = SavedView.objects.update_or_create(user=user, name=name.strip(), defaults={"query": query})
    return view


def forget_view(*, user: User, name: str) -> None:
    """Keep one no longer."""
    SavedView.objects.filter(user=user, name=name).delete()
