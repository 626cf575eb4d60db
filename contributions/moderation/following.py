"""Cases about what a repository had that was deleted, and what it had is withheld in one made anew.

The rooms below hold the files back by themselves. Here the case comes to be about the new repository, so that
its people read why, and can answer.
"""

from django.db.models import Case as Choice
from django.db.models import Exists, F, OuterRef, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from accounts import audit
from accounts.models import AuditEvent
from contributions.moderation.circles import in_one_piece
from contributions.moderation.models import Case, Decision
from contributions.moderation.selectors import SWEEP_BATCH
from contributions.moderation.vocabulary import HOLDING, DecisionState, SubjectKind
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import WithheldRevision

# As `subjects` spells them.
_ORIGIN = Cast("origin", TextField())
_WHOLE = Concat(Value("repository:"), _ORIGIN, output_field=TextField())
_ONE = Concat(Value("revision:"), _ORIGIN, Value(":"), "oid", output_field=TextField())


@in_one_piece
def follow(*, repository_id: int) -> int:
    """Let cases whose files are withheld in a repository made anew be about that; returns how many.

    Their decisions are told to those of its people who were not told, and can be appealed against from now.
    The cases are locked and then the repository. A case whose decision is being told of at this moment, to
    those of the old one, waits for the sweep.
    """
    keys = set(_again().filter(repository=repository_id).values_list("key", flat=True))
    if not keys:
        return 0
    left = Case.objects.filter(subject_key__in=keys, repository=None).order_by("pk")
    cases = {case.pk: case for case in left.select_for_update()}
    there = Repository.objects.select_for_update(no_key=True).filter(pk=repository_id).first()
    if not cases or there is None:
        return 0
    now = timezone.now()
    standing = Decision.objects.filter(
        case__in=cases, state=DecisionState.STANDING, effect__in=HOLDING
    ).order_by("pk")
    again = list(standing.select_for_update())
    for decision in again:
        if decision.telling_until and decision.telling_until > now:
            cases.pop(decision.case_id, None)
    Case.objects.filter(pk__in=cases).update(repository=there, namespace=there.namespace_id)
    told = [decision for decision in again if decision.case_id in cases]
    Decision.objects.filter(pk__in=[one.pk for one in told]).update(again_at=now, notified_at=None)
    acts = [
        (case.subject, {"repository": there.pk, "decisions": [d.pk for d in told if d.case_id == case.pk]})
        for case in cases.values()
    ]
    audit.record_each(Event.CASE_FOLLOWED, actor=None, acts=acts)
    return len(cases)


def to_follow() -> list[int]:
    """Ids of repositories made anew in which something is withheld whose case is not about them yet."""
    left = Case.objects.filter(subject_key=OuterRef("key"), repository=None)
    found = _again().filter(Exists(left)).order_by("repository")
    return list(found.values_list("repository", flat=True).distinct()[:SWEEP_BATCH])


def deleted_against_decisions(key: str = "") -> list[int]:
    """Ids of cases whose decision holds back a repository that was deleted at the very moment of it.

    Of all, or of the case with that key.
    """
    held = WithheldRevision.objects.filter(whole=True).annotate(key=_WHOLE)
    deleted = AuditEvent.objects.filter(event=Event.REPOSITORY_DELETED, subject=OuterRef("subject_key"))
    cases = Case.objects.filter(subject_kind=SubjectKind.REPOSITORY, repository=None)
    cases = cases.filter(subject_key=key) if key else cases
    standing = Decision.objects.filter(case=OuterRef("pk"), state=DecisionState.STANDING, effect__in=HOLDING)
    found = cases.filter(Exists(standing), Exists(deleted), ~Exists(held.filter(key=OuterRef("subject_key"))))
    return list(found.order_by("pk").values_list("pk", flat=True)[:SWEEP_BATCH])


def _again() -> QuerySet[WithheldRevision]:
    """What is withheld in another repository than it was decided about, each with its case's `key`."""
    rows = WithheldRevision.objects.exclude(repository=None).exclude(repository=F("origin"))
    return rows.annotate(key=Choice(When(whole=True, then=_WHOLE), default=_ONE))
