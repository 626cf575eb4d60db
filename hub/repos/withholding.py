"""Withholding everything of a user or an organisation, by a moderator's decision.

`Repository.taken_down_at` is what every read looks at, for whatever reason a repository is withheld;
`taken_down_alone` says that it is for itself too. So no door asks one question more, and a repository is
served again when neither reason is left.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

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


@transaction.atomic
def ask_for_changes(*, repository: Repository, until: datetime | None, actor_user: User | None) -> bool:
    """Let a withheld repository's writers change it until then, or no more (None); False when it was so.

    The row is compared: whoever asks last is right.
    """
    found = Repository.objects.filter(pk=repository.pk)
    changed = found.exclude(changes_asked_until=until).update(changes_asked_until=until)
    if changed:
        said = until and until.isoformat()
        audit.record(Event.CHANGES_ASKED, actor=actor_user, subject=repository.subject, until=said)
    return bool(changed)


def changes_asked(repository: Repository) -> bool:
    """Whether a withheld repository's writers may change it now; never while its namespace is withheld."""
    until = repository.changes_asked_until
    return until is not None and until > timezone.now() and repository.namespace.withheld_at is None


def _change(
    repositories: QuerySet[Repository], since: datetime | None, event: str, actor_user: User | None
) -> None:
    """Set since when they are withheld, and record it of each."""
    ids = list(repositories.order_by("pk").values_list("pk", flat=True))
    Repository.objects.filter(pk__in=ids).update(taken_down_at=since)
    audit.record_each(event, actor=actor_user, acts=[(f"repository:{pk}", {}) for pk in ids])
