"""What people are at the moderators' desk."""

from django.db import transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.errors import RoleUnknown
from accounts.events import AccountEvent
from accounts.models import User
from accounts.roles import DeskRole

__all__ = ["DeskRole", "set_desk_role"]


@transaction.atomic
def set_desk_role(*, user: User, role: str, actor_user: User | None) -> bool:
    """Give somebody a role at the desk, "" takes theirs away; False when it is theirs already. RoleUnknown.

    The row is locked. Who may do this is asked by the caller; no actor is the operator.
    """
    if role not in DeskRole.values:
        known = ", ".join(value for value in DeskRole.values if value)
        raise RoleUnknown(gettext("A role is one of %s.") % known)
    before = User.objects.select_for_update().values_list("desk_role", flat=True).get(pk=user.pk)
    user.desk_role = DeskRole(role)
    if before == role:
        return False
    user.save(update_fields=["desk_role"])
    audit.record(
        AccountEvent.DESK_ROLE_SET,
        actor=actor_user,
        subject=f"user:{user.pk}",
        username=user.username,
        role=str(role),
        before=before,
    )
    return True
