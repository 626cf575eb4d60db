"""The browsers in which somebody is logged in."""

from allauth.usersessions.models import UserSession
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User


def sessions_of(user: User) -> list[UserSession]:
    """The user's sessions that still work, newest first; two queries, however many there are.

    Another password ends a session, though its row stays: what the row holds no longer fits.
    """
    known = list(UserSession.objects.filter(user=user).order_by("-created_at", "-pk"))
    rows = Session.objects.filter(
        session_key__in=[one.session_key for one in known], expire_date__gt=timezone.now()
    )
    fits = user.get_session_auth_hash()
    working = {
        row.session_key
        for row in rows
        if constant_time_compare(row.get_decoded().get(HASH_SESSION_KEY, ""), fits)
    }
    return [one for one in known if one.session_key in working]
