"""Every change to who may act: one function a sentence, recorded in the audit log in the same transaction."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from psycopg.errors import UniqueViolation

from accounts import audit, names, tokens
from accounts.addresses import confirm
from accounts.errors import (
    EmailInvalid,
    EmailTaken,
    ExpiryInvalid,
    GrantsInvalid,
    LastAdmin,
    NameTaken,
    NotAMember,
    NotAnAdmin,
    NotAnOrganisation,
    NotYourToken,
    RoleUnknown,
    TokenNameInvalid,
)
from accounts.events import AccountEvent
from accounts.forbidden import require_allowed
from accounts.grants import Grant
from accounts.models import AccessToken, Membership, Namespace, RetiredName, TokenGrant, User
from accounts.roles import DeskRole, Everywhere, Role, TokenRole

EMAIL_ONCE = "accounts_user_email_once"
GRANTS_LIMIT = 100


def create_user(
    *,
    username: str,
    email: str,
    password: str | None,
    full_name: str = "",
    desk_role: str = DeskRole.NONE,
    confirmed: bool = False,
) -> User:
    """Make a user with its namespace. NameInvalid, NameForbidden, NameTaken, EmailInvalid or EmailTaken.

    Sign-up calls it too: allauth's adapter returns the user made here from its save_user. The password's
    strength is judged by whoever asked for it; None makes a user who cannot log in with one. `confirmed` says
    that the address is known to be the user's.
    """
    names.check_name(username)
    try:
        validate_email(email)
    except ValidationError as error:
        raise EmailInvalid(gettext("'%s' is not an e-mail address.") % email) from error
    with _refusing_duplicates(username, email):
        user = User.objects.create_user(username, email, password, desk_role=desk_role)
        user.namespace.full_name = full_name
        user.namespace.save(update_fields=["full_name"])
        if confirmed:
            confirm(user)
        _record_user(user)
    return user


@transaction.atomic
def set_password(*, user: User, password: str, actor: User | None = None) -> None:
    """Give the user another password; the sessions made with the old one end. No actor is the operator."""
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(AccountEvent.PASSWORD_SET, actor=actor, subject=f"user:{user.pk}", username=user.username)


def create_organisation(*, name: str, full_name: str, owner: User) -> Namespace:
    """Make an organisation whose first admin is `owner`. Raises NameInvalid, NameForbidden or NameTaken."""
    names.check_name(name)
    with _refusing_duplicates(name):
        organisation = Namespace.objects.create(
            name=name, kind=Namespace.Kind.ORGANISATION, full_name=full_name
        )
        Membership.objects.create(organisation=organisation, user=owner, role=Role.ADMIN)
        audit.record(AccountEvent.ORGANISATION_CREATED, actor=owner, subject=organisation.subject, name=name)
    return organisation


@transaction.atomic
def change_role(*, organisation: Namespace, user: User, role: str, actor: User | None) -> Membership:
    """Give a member another role; who is none is invited (accounts.invitations).

    Raises NotAnOrganisation, RoleUnknown, NotAnAdmin, NotAMember or LastAdmin.
    """
    if role not in Role.values:
        raise RoleUnknown(gettext("A role is one of %s.") % ", ".join(Role.values))
    lock_organisation(organisation)
    require_admin(organisation, actor)
    membership = Membership.objects.filter(organisation=organisation, user=user).first()
    if membership is None:
        raise NotAMember(
            gettext("%(user)s is not a member of %(organisation)s.")
            % {"user": user.username, "organisation": organisation.name}
        )
    before = membership.role
    if before == role:
        return membership
    if role != Role.ADMIN:
        _require_another_admin(organisation, user)
    membership.role = role
    membership.save(update_fields=["role"])
    audit.record(
        AccountEvent.MEMBER_SET,
        actor=actor,
        subject=organisation.subject,
        member=user.username,
        role=str(role),
        before=before,
    )
    return membership


@transaction.atomic
def remove_member(*, organisation: Namespace, user: User, actor: User | None) -> None:
    """End a membership; members may also leave.

    Raises NotAnOrganisation, NotAnAdmin, NotAMember or LastAdmin.
    """
    lock_organisation(organisation)
    if actor is None or actor.pk != user.pk:
        require_admin(organisation, actor)
    membership = Membership.objects.filter(organisation=organisation, user=user).first()
    if membership is None:
        raise NotAMember(
            gettext("%(user)s is not a member of %(organisation)s.")
            % {"user": user.username, "organisation": organisation.name}
        )
    _require_another_admin(organisation, user)
    membership.delete()
    audit.record(
        AccountEvent.MEMBER_REMOVED,
        actor=actor,
        subject=organisation.subject,
        member=user.username,
        before=membership.role,
    )


@transaction.atomic
def create_token(
    *,
    user: User,
    name: str,
    role: str,
    expires_at: datetime | None = None,
    grants: Collection[Grant] = (),
    everywhere: Collection[str] = (),
) -> tuple[AccessToken, str]:
    """Make an access token; its plain text is in the answer only.

    A token without `expires_at` works until it is revoked. Grants are for the fine-grained role, and never
    give more than the user may do. Raises TokenNameInvalid, RoleUnknown, ExpiryInvalid or GrantsInvalid.
    """
    _check_token(name.strip(), role, expires_at)
    _check_grants(role, grants, everywhere)
    plaintext = tokens.make()
    token = AccessToken.objects.create(
        user=user,
        name=name.strip(),
        digest=tokens.digest(plaintext),
        hint=tokens.hint(plaintext),
        role=role,
        expires_at=expires_at,
        everywhere=sorted(everywhere),
    )
    TokenGrant.objects.bulk_create(TokenGrant(token=token, **asdict(grant)) for grant in grants)
    audit.record(
        AccountEvent.TOKEN_CREATED,
        actor=user,
        subject=f"token:{token.pk}",
        name=token.name,
        role=str(role),
        expires_at=expires_at.isoformat() if expires_at else None,
        grants=[asdict(grant) for grant in grants],
        everywhere=sorted(everywhere),
    )
    return token, plaintext


def forget_repository(repository_id: int) -> None:
    """Drop every token's grants for a repository that is being deleted."""
    TokenGrant.objects.filter(repository_id=repository_id).delete()


@transaction.atomic
def revoke_token(*, token: AccessToken, actor: User | None) -> None:
    """End a token at once; revoking twice is one revocation. Raises NotYourToken."""
    if actor is None or actor.pk != token.user_id:
        raise NotYourToken(gettext("Only the user it belongs to may revoke a token."))
    _revoke(token, actor, reason="")


@transaction.atomic
def end_token(*, token: AccessToken, reason: str) -> None:
    """Revoke a token because of what the hub itself noticed."""
    _revoke(token, None, reason)


def _revoke(token: AccessToken, actor: User | None, reason: str) -> None:
    now = timezone.now()
    if AccessToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        token.revoked_at = now
        audit.record(
            AccountEvent.TOKEN_REVOKED,
            actor=actor,
            subject=f"token:{token.pk}",
            name=token.name,
            reason=reason,
        )


def _check_token(name: str, role: str, expires_at: datetime | None) -> None:
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise TokenNameInvalid(
            gettext("A token's name has 1 to 100 characters, all of them visible, on one line.")
        )
    if role not in TokenRole.values:
        raise RoleUnknown(gettext("A token's role is one of %s.") % ", ".join(TokenRole.values))
    if expires_at is not None and expires_at <= timezone.now():
        raise ExpiryInvalid(gettext("A token's end must be in the future."))


def _check_grants(role: str, grants: Collection[Grant], everywhere: Collection[str]) -> None:
    if role != TokenRole.FINE_GRAINED and (grants or everywhere):
        raise GrantsInvalid(
            gettext("Only a token with the role '%s' has grants.") % TokenRole.FINE_GRAINED.value
        )
    if len(grants) > GRANTS_LIMIT:
        raise GrantsInvalid(gettext("A token has at most %d grants.") % GRANTS_LIMIT)
    for grant in grants:
        if grant.permission not in Role.values or (grant.namespace_id is None) == (
            grant.repository_id is None
        ):
            raise GrantsInvalid("A grant is a permission in one namespace or one repository.")
    if not set(everywhere) <= set(Everywhere.values):
        raise GrantsInvalid(f"What is granted everywhere is one of {', '.join(Everywhere.values)}.")


def _record_user(user: User) -> None:
    audit.record(AccountEvent.USER_CREATED, actor=user, subject=f"user:{user.pk}", username=user.username)


@contextmanager
def _refusing_duplicates(name: str, email: str = "") -> Iterator[None]:
    """One transaction, in which the database's refusal of a duplicate becomes NameTaken or EmailTaken.

    A name that somebody had before is taken, too. NameForbidden for one that nobody gets.
    """
    require_allowed(name)
    if RetiredName.objects.filter(name=name.lower()).exists():
        raise NameTaken(gettext("The name '%s' is taken.") % name)
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        if error.__cause__.diag.constraint_name == EMAIL_ONCE:
            raise EmailTaken(
                gettext("A user with the e-mail address '%s' exists already.") % email
            ) from error
        raise NameTaken(gettext("The name '%s' is taken.") % name) from error


def lock_organisation(organisation: Namespace) -> None:
    """Let one change of members happen at a time, or two admins could each remove the other."""
    if not organisation.is_organisation:
        raise NotAnOrganisation(gettext("%s is a user, and users have no members.") % organisation.name)
    Namespace.objects.select_for_update().get(pk=organisation.pk)


def require_admin(organisation: Namespace, actor: User | None) -> None:
    """Raise NotAnAdmin unless the actor is one."""
    if not Membership.objects.filter(organisation=organisation, user=actor, role=Role.ADMIN).exists():
        raise NotAnAdmin(gettext("Only an admin of %s may change its members.") % organisation.name)


def _require_another_admin(organisation: Namespace, user: User) -> None:
    admins = set(
        Membership.objects.filter(organisation=organisation, role=Role.ADMIN).values_list(
            "user_id", flat=True
        )
    )
    if admins == {user.pk}:
        raise LastAdmin(gettext("%s would have no admin left.") % organisation.name)
