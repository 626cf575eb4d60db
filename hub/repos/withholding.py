"""Withholding everything of a user or an organisation, by a moderator's decision.

`Repository.taken_down_at` is what every read looks at, for whatever reason a repository is withheld;
`taken_down_alone` says that it is for itself too. So no door asks one question more, and a repository is
served again when neither reason is left.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import Namespace, User
from accounts.suspensions import set_withheld
from hub.events import Event
from hub.repos.models import Repository


@transaction.atomic
def withhold_namespace(*, namespace: Namespace, actor_user: User | None) -> bool:
    """Withhold the pages and every repository of a user or an organisation; False when they were.

    Its people see the repositories all the same, and nobody changes them meanwhile.
    """
    if not set_withheld(namespace=namespace, withheld=True, actor_user=actor_user):
        return False
    served = Repository.objects.filter(namespace=namespace, taken_down_at=None)
    _change(served, namespace.withheld_at, Event.REPOSITORY_TAKEN_DOWN, actor_user)
    return True


@transaction.atomic
def serve_namespace(*, namespace: Namespace, actor_user: User | None) -> bool:
    """Serve them again, but for the repositories that are withheld for themselves; False when they were."""
    if not set_withheld(namespace=namespace, withheld=False, actor_user=actor_user):
        return False
    withheld = Repository.objects.filter(namespace=namespace, taken_down_alone=False)
    _change(withheld.exclude(taken_down_at=None), None, Event.REPOSITORY_RESTORED, actor_user)
    return True


def _change(
    repositories: QuerySet[Repository], since: datetime | None, event: str, actor_user: User | None
) -> None:
    """Set since when they are withheld, and record it of each."""
    ids = list(repositories.order_by("pk").values_list("pk", flat=True))
    Repository.objects.filter(pk__in=ids).update(taken_down_at=since)
    audit.record_each(event, actor=actor_user, acts=[(f"repository:{pk}", {}) for pk in ids])
