"""People, organisations and tokens, made by the same services as in the hub."""

from itertools import count
from typing import Any

from accounts import services
from accounts.invitations.services import accept, invite
from accounts.models import AccessToken, Namespace, User
from accounts.roles import Role, TokenRole
from accounts.suspensions import suspend_account

PASSWORD = "a long enough passphrase"

_number = count(1)


def make_user(
    username: str | None = None,
    *,
    email: str | None = None,
    full_name: str = "",
    desk_role: str = "",
    confirmed: bool = True,
) -> User:
    """A user who can log in with PASSWORD."""
    username = username or f"user{next(_number)}"
    return services.create_user(
        username=username,
        email=email or f"{username}@example.org",
        password=PASSWORD,
        full_name=full_name,
        desk_role=desk_role,
        confirmed=confirmed,
    )


def make_moderator(username: str | None = None) -> User:
    """A user who may decide moderation cases."""
    return make_user(username, desk_role="moderator")


def make_organisation(
    name: str | None = None, *, owner: User | None = None, full_name: str = ""
) -> Namespace:
    """An organisation with one admin."""
    return services.create_organisation(
        name=name or f"organisation{next(_number)}", full_name=full_name, owner=owner or make_user()
    )


def make_member(organisation: Namespace, role: str = Role.READ, user: User | None = None) -> User:
    """A member with that role, invited by one of the organisation's admins."""
    admin = organisation.memberships.filter(role=Role.ADMIN).select_related("user").first().user
    user = user or make_user()
    invitation, _ = invite(organisation=organisation, user=user, role=role, actor=admin)
    accept(invitation=invitation, user=user)
    return user


def make_token(
    user: User | None = None, *, role: str = TokenRole.WRITE, **fields: Any
) -> tuple[AccessToken, str]:
    """A token and its plain text."""
    return services.create_token(user=user or make_user(), name="laptop", role=role, **fields)


def suspend(user: User) -> None:
    """Suspend the user from now on."""
    suspend_account(user=user, actor_user=None)
