"""Which offers to join are open."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts import tokens
from accounts.models import Invitation, Namespace, User


def invitation_by_secret(secret: str) -> Invitation | None:
    """The open offer whose link has this secret; None for any other."""
    return _open().filter(digest=tokens.digest(secret)).first()


def invitations_of(organisation: Namespace) -> QuerySet[Invitation]:
    """The organisation's open offers, newest first."""
    return _open().filter(organisation=organisation).order_by("-pk")


def invitations_for(user: User) -> QuerySet[Invitation]:
    """What is offered to the user by name, newest first."""
    return _open().filter(user=user).order_by("-pk")


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(expires_at__gt=timezone.now()).select_related(
        "organisation", "user", "created_by"
    )
