"""Who waits at a gate and who was let in, for those whose gate it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext

from accounts.addresses import confirmed_addresses
from accounts.models import AuditEvent, User
from accounts.selectors import user_by_name
from hub.errors import NamespaceNotFound
from hub.events import Event
from hub.gates.errors import AccessRequestNotFound
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository
from hub.walks import page_down

SWEEP_BATCH = 100
# Rows that are read from the database at a time.
CHUNK = 500
Status = AccessRequest.Status


@dataclass(frozen=True)
class Counts:
    """How many requests have each status."""

    pending: int
    accepted: int
    rejected: int


def requests_of(
    repository: Repository, status: str, *, search: str = "", after: list[int] | None, limit: int
) -> tuple[list[AccessRequest], list[int] | None]:
    """A page of the requests with a status, the newest first; `search` is part of a user's name."""
    found = _standing(repository).filter(status=status)
    if search:
        named = Q(user__username__icontains=search) | Q(user__namespace__full_name__icontains=search)
        found = found.filter(named)
    return page_down(found.defer("terms"), after, limit)


def counts_of(repository: Repository) -> Counts:
    """How many wait, were let in and were turned away; one query."""
    numbers = {status.value: Count("pk", filter=Q(status=status)) for status in Status}
    return Counts(**_standing(repository).aggregate(**numbers))


def request_of(repository: Repository, request_id: int) -> AccessRequest:
    """One of the repository's requests; AccessRequestNotFound."""
    found = _standing(repository).filter(pk=request_id).first()
    if found is None:
        raise AccessRequestNotFound(f"{repository.full_name} has no such access request.")
    found.repository = repository
    return found


def request_by(repository: Repository, user: User) -> AccessRequest | None:
    """What the user asked for there, or was given."""
    return AccessRequest.objects.filter(repository=repository, user=user).first()


def request_named(repository: Repository, username: str) -> AccessRequest:
    """The request of the user of that name; NamespaceNotFound without such a user, AccessRequestNotFound."""
    found = request_by(repository, asker_named(username))
    if found is None:
        raise AccessRequestNotFound(f"{username} has not asked for access to {repository.full_name}.")
    found.repository = repository
    return found


def asker_named(username: str) -> User:
    """The user of that name, as far as they may act; NamespaceNotFound."""
    user = user_by_name(username)
    if user is None or user.suspended_at is not None:
        raise NamespaceNotFound(gettext("There is no user of that name."))
    return user


def is_mailed(request: AccessRequest) -> bool:
    """Whether whoever asked is mailed what was decided: at a confirmed address, about what they can see."""
    hidden = request.user.suspended_at or request.repository.private or request.repository.taken_down_at
    return not hidden and bool(confirmed_addresses([request.user]))


def labels_of(repository: Repository) -> list[str]:
    """Every question that somebody has answered, first come first; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT answer->>0 FROM hub_accessrequest, jsonb_array_elements(answers)
                WITH ORDINALITY AS given (answer, place)
            WHERE repository_id = %s GROUP BY 1 ORDER BY min(place), min(id)
            """,
            [repository.pk],
        )
        return [row[0] for row in cursor]


def every_request_of(repository: Repository) -> Iterator[AccessRequest]:
    """All requests, the newest first, read as they are taken."""
    found = _standing(repository).select_related("user__namespace", "decided_by")
    return found.order_by("-pk").iterator(chunk_size=CHUNK)


def untold_of(repository_id: int) -> QuerySet[AccessRequest]:
    """New requests of which the repository's people were not told."""
    return AccessRequest.objects.filter(
        repository=repository_id,
        status=Status.PENDING,
        decided_at=None,
        owners_told_at=None,
        user__suspended_at=None,
    )


def was_told_since(repository_id: int, moment: datetime) -> bool:
    """Whether the repository's people were told of requests since then, also of some withdrawn meanwhile."""
    if AccessRequest.objects.filter(repository=repository_id, owners_told_at__gt=moment).exists():
        return True
    withdrawn = AuditEvent.objects.filter(
        subject=f"repository:{repository_id}", created_at__gt=moment, event=Event.ACCESS_WITHDRAWN
    )
    told = (data.get("told") for data in withdrawn.values_list("data", flat=True))
    return any(datetime.fromisoformat(when) > moment for when in told if when)


def gates_with_untold() -> list[int]:
    """The ids of repositories with new requests of which nobody was told, the longest wait first."""
    untold = AccessRequest.objects.filter(status=Status.PENDING, decided_at=None, owners_told_at=None)
    found = untold.filter(user__suspended_at=None).values("repository").annotate(first=Max("pk"))
    return [row["repository"] for row in found.order_by("first")[:SWEEP_BATCH]]


def answers_to_tell(older_than: timedelta) -> list[int]:
    """The ids of requests whose askers were not told of the decision although the task should have run."""
    untold = AccessRequest.objects.filter(decided_at__lt=Now() - older_than, asker_told_at=None)
    return list(untold.order_by("decided_at").values_list("pk", flat=True)[:SWEEP_BATCH])


def _standing(repository: Repository) -> QuerySet[AccessRequest]:
    """The requests of those who may act: suspended users are not there until they may again."""
    found = AccessRequest.objects.filter(repository=repository, user__suspended_at=None)
    return found.select_related("user__namespace", "decided_by")
