"""Names that nobody gets any more: a user's or organisation's ("owner"), or a repository's ("owner/name").

Whoever has such a name keeps it until it is taken from them, which is an act of its own.
"""

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.errors import NameForbidden, NameInvalid
from accounts.events import AccountEvent
from accounts.models import ForbiddenName, User
from accounts.names import could_be_name

WHY_MAX = ForbiddenName._meta.get_field("why").max_length


@transaction.atomic
def forbid_name(*, name: str, why: str, actor_user: User | None) -> bool:
    """Let nobody get a name, in whatever letter case; False when it is forbidden already. NameInvalid.

    The name is unique, so that of two who forbid it at once one does. Who may do this is asked
    by the caller; no actor is the operator.
    """
    spelled = _checked(name)
    _, made = ForbiddenName.objects.get_or_create(name=spelled, defaults={"why": why[:WHY_MAX]})
    if made:
        audit.record(
            AccountEvent.NAME_FORBIDDEN, actor=actor_user, subject=f"name:{spelled}", name=name, why=why
        )
    return made


@transaction.atomic
def allow_name(*, name: str, why: str, actor_user: User | None) -> bool:
    """Let a forbidden name be given again; False when it is not forbidden. NameInvalid."""
    spelled = _checked(name)
    deleted, _ = ForbiddenName.objects.filter(name=spelled).delete()
    if deleted:
        audit.record(
            AccountEvent.NAME_ALLOWED, actor=actor_user, subject=f"name:{spelled}", name=name, why=why
        )
    return bool(deleted)


def is_forbidden(*names: str) -> bool:
    """Whether one of the names is forbidden, in any letter case; one query."""
    return ForbiddenName.objects.filter(name__in=[name.lower() for name in names]).exists()


def require_allowed(name: str) -> None:
    """Raise NameForbidden for a name that nobody gets."""
    if is_forbidden(name):
        raise NameForbidden(gettext("The name '%s' may not be used on this hub.") % name)


def _checked(name: str) -> str:
    """The name as it is compared."""
    parts = name.split("/")
    if len(parts) > 2 or not all(map(could_be_name, parts)):
        raise NameInvalid(gettext("'%s' is not a name: write owner, or owner/name.") % name)
    return name.lower()
