"""What keeps somebody from leaving, and which names are nobody's for good."""

from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import Membership, Namespace, RetiredName, User
from accounts.roles import Role


def only_admin_of(user: User) -> QuerySet[Namespace]:
    """The organisations that would have no admin without the user, by name."""
    admins = Membership.objects.filter(role=Role.ADMIN, organisation=OuterRef("pk"))
    return Namespace.objects.filter(
        Exists(admins.filter(user=user)), ~Exists(admins.exclude(user=user))
    ).order_by("name")


def is_retired(name: str) -> bool:
    """Whether the name was somebody's who left, in any letter case."""
    return RetiredName.objects.filter(name=name.lower()).exists()
