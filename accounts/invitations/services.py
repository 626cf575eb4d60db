"""Nobody becomes a member without agreeing: inviting, accepting, declining, revoking.

The organisation's row is locked, and for an answer the invitation's as well: one person's counts once.
"""

import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import audit, tokens
from accounts.errors import (
    AlreadyAMember,
    EmailInvalid,
    InvitationGone,
    RoleUnknown,
    TooManyInvitations,
)
from accounts.events import AccountEvent
from accounts.models import Invitation, Membership, Namespace, User
from accounts.roles import Role
from accounts.services import lock_organisation, require_admin

LIFETIME = timedelta(days=7)
PENDING_LIMIT = 200


@transaction.atomic
def invite(
    *, organisation: Namespace, actor: User, role: str, user: User | None = None, email: str = ""
) -> tuple[Invitation, str]:
    """Offer a role to a user, to an address or, with neither, to whoever has the link; with its secret.

    A new offer to the same person replaces the last one. Raises NotAnOrganisation, NotAnAdmin, RoleUnknown,
    EmailInvalid, AlreadyAMember or TooManyInvitations.
    """
    _check(role, user, email)
    lock_organisation(organisation)
    require_admin(organisation, actor)
    if user and Membership.objects.filter(organisation=organisation, user=user).exists():
        raise AlreadyAMember(
            gettext("%(who)s is a member of %(name)s already.")
            % {"who": user.username, "name": organisation.name}
        )
    pending = Invitation.objects.filter(organisation=organisation)
    pending.filter(expires_at__lte=timezone.now()).delete()
    if user or email:
        pending.filter(user=user, email__iexact=email).delete()
    if pending.count() >= PENDING_LIMIT:
        raise TooManyInvitations(gettext("There are too many open invitations. Revoke some of them first."))
    secret = secrets.token_urlsafe(32)
    invitation = Invitation.objects.create(
        organisation=organisation,
        role=role,
        email=email,
        user=user,
        digest=tokens.digest(secret),
        created_by=actor,
        expires_at=timezone.now() + LIFETIME,
    )
    _record(AccountEvent.MEMBER_INVITED, invitation, actor)
    return invitation, secret


@transaction.atomic
def accept(*, invitation: Invitation, user: User) -> Membership:
    """Join with the role that is offered. Raises InvitationGone or AlreadyAMember."""
    offer = _locked(invitation, user)
    if Membership.objects.filter(organisation=offer.organisation, user=user).exists():
        raise AlreadyAMember(gettext("You are a member of %s already.") % offer.organisation.name)
    membership = Membership.objects.create(organisation=offer.organisation, user=user, role=offer.role)
    _record(AccountEvent.MEMBER_JOINED, offer, user, member=user.username)
    if offer.is_personal:
        offer.delete()
    # Whoever came by a link needs no other offer any more.
    Invitation.objects.filter(organisation=offer.organisation, user=user).delete()
    return membership


@transaction.atomic
def decline(*, invitation: Invitation, user: User) -> None:
    """Turn down an offer that is for this person; a link for everybody stays. Raises InvitationGone."""
    offer = _locked(invitation, user)
    if offer.is_personal:
        _record(AccountEvent.INVITATION_DECLINED, offer, user)
        offer.delete()


@transaction.atomic
def revoke(*, invitation: Invitation, actor: User) -> None:
    """Take an offer back, so that its link is dead. Raises NotAnAdmin."""
    lock_organisation(invitation.organisation)
    require_admin(invitation.organisation, actor)
    gone, _ = Invitation.objects.filter(pk=invitation.pk).delete()
    if gone:
        _record(AccountEvent.INVITATION_REVOKED, invitation, actor)


def _check(role: str, user: User | None, email: str) -> None:
    if role not in Role.values:
        raise RoleUnknown(f"A role is one of {', '.join(Role.values)}.")
    if user is None and not email and role == Role.ADMIN:
        raise RoleUnknown(gettext("A link for everybody who has it makes nobody an admin."))
    if email:
        try:
            validate_email(email)
        except ValidationError as error:
            raise EmailInvalid(gettext("'%s' is not an e-mail address.") % email) from error


def _locked(invitation: Invitation, user: User) -> Invitation:
    lock_organisation(invitation.organisation)
    offer = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("organisation")
        .filter(pk=invitation.pk, expires_at__gt=timezone.now())
        .first()
    )
    if offer is None or offer.user_id not in (None, user.pk):
        raise InvitationGone(gettext("This invitation no longer works."))
    return offer


def _record(event: str, invitation: Invitation, actor: User, **data: str) -> None:
    """The log says who was invited only where it is a user: an address is not the log's to keep."""
    to = invitation.user.username if invitation.user else "mail" if invitation.email else "link"
    audit.record(
        event, actor=actor, subject=invitation.organisation.subject, role=str(invitation.role), to=to, **data
    )
