"""Ending the sessions of browsers."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.events import AccountEvent
from accounts.models import User


@transaction.atomic
def end_session(*, user: User, session_id: int) -> bool:
    """End one of the user's own sessions at once; False when there is none of that id."""
    return bool(_end(user, UserSession.objects.filter(user=user, pk=session_id), user))


@transaction.atomic
def end_other_sessions(*, user: User, current: str) -> int:
    """End all of the user's sessions but the one with the key `current`; how many there were."""
    return _end(user, UserSession.objects.filter(user=user).exclude(session_key=current), user)


def end_all_sessions(*, user: User, actor: User | None) -> int:
    """End every session of a user who leaves or is suspended, inside the caller's transaction."""
    return _end(user, UserSession.objects.filter(user=user), actor)


def _end(user: User, sessions: QuerySet[UserSession], actor: User | None) -> int:
    keys = list(sessions.select_for_update().values_list("session_key", flat=True))
    if not keys:
        return 0
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    audit.record(AccountEvent.SESSIONS_ENDED, actor=actor, subject=f"user:{user.pk}", number=len(keys))
    return len(keys)
