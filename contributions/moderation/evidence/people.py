"""Who published something: since when they are here, and what else they have here."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from accounts.models import Membership, Namespace
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS

SHOWN = 10


@dataclass(frozen=True)
class Past:
    """What is known of a user or an organisation; private repositories are only counted.

    `newest` are some of the public ones; `organisations` those of which a user is a member.
    """

    namespace: Namespace
    since: datetime
    suspended_at: datetime | None
    public: int
    private: int
    taken_down: int
    newest: list[Repository] = field(default_factory=list)
    organisations: list[str] = field(default_factory=list)


def past_of(namespace: Namespace) -> Past:
    """The past of whoever the namespace is; three queries when its user is at hand."""
    theirs = Repository.objects.filter(namespace=namespace)
    hidden = Q(visibility=Repository.Visibility.PRIVATE)
    counts = theirs.aggregate(
        public=Count("pk", filter=~hidden),
        private=Count("pk", filter=hidden),
        taken_down=Count("pk", filter=Q(taken_down_at__isnull=False)),
    )
    newest = theirs.exclude(hidden).select_related("namespace").defer(*LARGE_COLUMNS)
    user = namespace.user
    memberships = Membership.objects.filter(user=user) if user else Membership.objects.none()
    return Past(
        namespace,
        user.date_joined if user else namespace.created_at,
        user.suspended_at if user else None,
        **counts,
        newest=list(newest.order_by("-created_at", "-pk")[:SHOWN]),
        organisations=list(
            memberships.order_by("organisation__name").values_list("organisation__name", flat=True)[:SHOWN]
        ),
    )
