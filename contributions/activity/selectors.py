"""Reads of what happened: never of what the reader may not see now."""

from collections.abc import Iterable
from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import AuditEvent, Namespace
from accounts.selectors import role_in
from contributions.activity import rules
from contributions.activity.models import Act
from hub.events import Event
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, visible_to
from hub.revisions.models import Release, RepositoryCommit

# What happened longer ago is not looked for.
LOOKED_FOR = timedelta(days=1)
CHANGED = (
    *(Event.REPOSITORY_MOVED, Event.REPOSITORY_CHANGED),
    *(Event.REPOSITORY_TAKEN_DOWN, Event.REPOSITORY_RESTORED),
)


def in_repository(repository: Repository, *, before: int | None, limit: int) -> list[Act]:
    """What happened in a repository that was opened for the reader, the newest first; one query."""
    return _latest(Act.objects.filter(repository=repository), before, limit)


def around(actor: Actor, owner: Namespace, *, before: int | None, limit: int) -> list[Act]:
    """What the actor may know of a person's acts, wherever they were, or of those at an organisation's.

    At most two queries. Whoever belongs nowhere there reads what is public from an index of its own, so that
    what is hidden from them costs nothing.
    """
    by = {"namespace": owner} if owner.is_organisation else {"user": owner.user_id}
    found = Act.objects.filter(**by)
    if actor.user is None or (owner.is_organisation and role_in(actor.user, owner) is None):
        found = found.filter(public=True)
    seen = visible_to(actor).filter(pk=OuterRef("repository")).select_related(None)
    return _latest(found.filter(Exists(seen)), before, limit)


def _latest(found: QuerySet[Act], before: int | None, limit: int) -> list[Act]:
    """Without releases that were taken back, and commits that a rewritten history has no more."""
    tag = Concat(Value("refs/tags/"), OuterRef("tag"))
    released = Release.objects.filter(repository=OuterRef("repository"), tag__name=tag)
    kept = RepositoryCommit.objects.filter(repository=OuterRef("repository"), commit=OuterRef("commit"))
    # One look-up an act that is shown: of an EXISTS, PostgreSQL may read a whole table beforehand.
    found = found.alias(release=Subquery(released.values("pk")[:1]), kept=Subquery(kept.values("pk")[:1]))
    found = found.filter(Q(tag="") | Q(release__isnull=False), Q(commit="") | Q(kept__isnull=False))
    if before is not None:
        found = found.filter(event__lt=before)
    large = [f"repository__{name}" for name in LARGE_COLUMNS]
    related = found.select_related("repository__namespace", "user", "discussion").defer(*large)
    return list(related.order_by("-event")[:limit])


def lost(older_than: timedelta) -> list[AuditEvent]:
    """Events of the last day that no act is kept of, though they are activity: their news was lost."""
    kept = Act.objects.filter(event=OuterRef("pk"))
    found = _lately(rules.TOLD, older_than).exclude(Exists(kept))
    return [event for event in found if rules.kind_of(event.event, event.data, is_pull=False)]


def changed_lately(older_than: timedelta) -> set[int]:
    """The repositories that moved, or that others see than before, on the last day."""
    subjects: Iterable[str] = _lately(CHANGED, older_than).values_list("subject", flat=True)
    return {int(subject.removeprefix("repository:")) for subject in subjects}


def _lately(names: Iterable[str], older_than: timedelta) -> QuerySet[AuditEvent]:
    now = timezone.now()
    found = AuditEvent.objects.filter(event__in=list(names))
    return found.filter(created_at__gt=now - LOOKED_FOR, created_at__lt=now - older_than)
