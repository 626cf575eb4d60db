"""The end of a user or an organisation. Their names are given to nobody else afterwards."""

from django.db import transaction

from accounts import audit
from accounts.departures.selectors import only_admin_of
from accounts.errors import LastAdmin
from accounts.events import AccountEvent
from accounts.models import Membership, Namespace, RetiredName, User
from accounts.profiles.services import forget_picture
from accounts.roles import Role
from accounts.services import lock_organisation, require_admin
from accounts.sessions.services import end_all_sessions


@transaction.atomic
def remove_user(*, user: User) -> None:
    """Delete a user with their tokens, sessions, addresses and memberships; the log keeps the name.

    The organisations are locked, so that of their last two admins one stays. LastAdmin names those that would
    have none. Then the user's row is locked: what they still say waits, and is refused. Repositories
    of the user's own are deleted before, by whoever calls.
    """
    organisations = Namespace.objects.select_for_update(of=("self",)).filter(memberships__user=user)
    joined = list(organisations.order_by("pk"))
    alone = [organisation.name for organisation in only_admin_of(user)]
    if alone:
        raise LastAdmin(
            f"You are the only admin of {', '.join(alone)}. Make another member an admin, or delete the "
            "organisation, and come back."
        )
    User.objects.select_for_update().get(pk=user.pk)
    acts = [(organisation.subject, {"member": user.username}) for organisation in joined]
    audit.record_each(AccountEvent.MEMBER_REMOVED, actor=user, acts=acts)
    audit.record(AccountEvent.USER_DELETED, actor=user, subject=f"user:{user.pk}", username=user.username)
    end_all_sessions(user=user, actor=user)
    _retire(user.namespace)
    user.delete()


@transaction.atomic
def remove_organisation(*, organisation: Namespace, actor: User) -> None:
    """Delete an organisation that owns no repositories any more. Raises NotAnOrganisation or NotAnAdmin."""
    lock_organisation(organisation)
    require_admin(organisation, actor)
    audit.record(
        AccountEvent.ORGANISATION_DELETED,
        actor=actor,
        subject=organisation.subject,
        name=organisation.name,
        admins=_admins(organisation),
    )
    _retire(organisation)
    organisation.delete()


def _retire(namespace: Namespace) -> None:
    forget_picture(namespace)
    RetiredName.objects.get_or_create(name=namespace.name.lower())


def _admins(organisation: Namespace) -> list[str]:
    admins = Membership.objects.filter(organisation=organisation, role=Role.ADMIN)
    return list(admins.order_by("pk").values_list("user__username", flat=True))
