"""What moderators take from people and give back: their uploads, or everything that they can do here.

Each is one compare-and-swap on the user's row, which is locked before, so that of two who do the same one
changes something. Who may do this is asked by the caller. No actor is the hub itself, and `by_operator` its
operator, whose word the log has also where nothing changes by it: what the operator suspended, nobody else
gives back.
"""

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from accounts import audit
from accounts.events import AccountEvent
from accounts.models import AuditEvent, Namespace, User
from accounts.sessions.services import end_all_sessions

UPLOADS, ACCOUNT = "uploads_suspended_at", "suspended_at"
# What the log calls the beginning and the end of each.
EVENTS = {
    UPLOADS: (AccountEvent.UPLOADS_SUSPENDED, AccountEvent.UPLOADS_ALLOWED),
    ACCOUNT: (AccountEvent.USER_SUSPENDED, AccountEvent.USER_REINSTATED),
}


def suspend_uploads(*, user: User, actor_user: User | None, by_operator: bool = False) -> bool:
    """Let somebody bring no more files anywhere, who may read and talk as before; False when it was so."""
    return _set(user, UPLOADS, actor_user, by_operator)


def allow_uploads(*, user: User, actor_user: User | None, by_operator: bool = False) -> bool:
    """Let somebody bring files again; False when they may, or the operator said otherwise."""
    return _unset(user, UPLOADS, actor_user, by_operator)


@transaction.atomic
def suspend_account(*, user: User, actor_user: User | None, by_operator: bool = False) -> bool:
    """Let somebody do nothing any more; False when it was so.

    Their sessions end. Their tokens, passkeys, devices and webhooks stay, and do not work meanwhile.
    """
    changed = _set(user, ACCOUNT, actor_user, by_operator)
    if changed:
        end_all_sessions(user=user, actor=actor_user)
    return changed


def reinstate_account(*, user: User, actor_user: User | None, by_operator: bool = False) -> bool:
    """Give a suspended account back with all it had but its sessions.

    False when it is not suspended, or the operator said that it is.
    """
    return _unset(user, ACCOUNT, actor_user, by_operator)


def set_withheld(*, namespace: Namespace, withheld: bool, actor_user: User | None) -> bool:
    """Note that a user's or organisation's pages are withheld, or are not; False when it was so.

    Runs in the transaction of `hub.repos.withholding`, which withholds the repositories with them. The row
    is locked, also against whoever refers to it: a repository that is added comes before this or after.
    """
    row = Namespace.objects.select_for_update(of=("self",)).filter(pk=namespace.pk).first()
    if row is None:
        # It was deleted meanwhile.
        return False
    namespace.withheld_at = row.withheld_at
    if (row.withheld_at is not None) == withheld:
        return False
    namespace.withheld_at = timezone.now() if withheld else None
    namespace.save(update_fields=["withheld_at"])
    event = AccountEvent.NAMESPACE_WITHHELD if withheld else AccountEvent.NAMESPACE_SERVED
    audit.record(event, actor=actor_user, subject=namespace.subject, name=namespace.name)
    return True


@transaction.atomic
def _set(user: User, field: str, actor_user: User | None, by_operator: bool) -> bool:
    event = EVENTS[field][0]
    there = _locked(user)
    changed = User.objects.filter(pk=user.pk, **{field: None}).update(**{field: timezone.now()})
    # A moderator's decision may stand already: the log has then that the operator holds it as well.
    said = by_operator and there and not _operator_holds(user, field)
    return _recorded(user, field, event, actor_user, changed, said=said, by_operator=by_operator)


@transaction.atomic
def _unset(user: User, field: str, actor_user: User | None, by_operator: bool) -> bool:
    event = EVENTS[field][1]
    _locked(user)
    if not by_operator and _operator_holds(user, field):
        return False
    changed = User.objects.filter(pk=user.pk).exclude(**{field: None}).update(**{field: None})
    return _recorded(user, field, event, actor_user, changed, by_operator=by_operator)


def _locked(user: User) -> bool:
    """Wait for what others say of the same user at the same moment; False when there is no such user."""
    return User.objects.select_for_update(no_key=True).filter(pk=user.pk).first() is not None


def _operator_holds(user: User, field: str) -> bool:
    """Whether the operator suspended it, too, since it was given back last."""
    begun, ended = EVENTS[field]
    said = AuditEvent.objects.filter(subject=f"user:{user.pk}")
    last = said.filter(event=ended).aggregate(last=Max("pk"))["last"] or 0
    return said.filter(event=begun, data__by="operator", pk__gt=last).exists()


def _recorded(
    user: User,
    field: str,
    event: str,
    actor_user: User | None,
    changed: int,
    *,
    by_operator: bool,
    said: bool = False,
) -> bool:
    # The caller's own object tells what is stored, whoever changed it.
    try:
        user.refresh_from_db(fields=[field, "is_active"])
    except User.DoesNotExist:
        return False
    if changed or said:
        about = {"username": user.username} | ({"by": "operator"} if by_operator else {})
        audit.record(event, actor=actor_user, subject=f"user:{user.pk}", **about)
    return bool(changed)
