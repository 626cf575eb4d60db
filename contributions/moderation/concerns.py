"""Which cases somebody can read about, because they are about something of theirs."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Namespace, User
from accounts.roles import Role, roles_including
from contributions.discussions.models import DiscussionEvent
from contributions.moderation.models import Case, Decision, Message
from contributions.moderation.sides import seen_by_bringer
from contributions.moderation.vocabulary import DecisionState, Effect, SubjectKind
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob

IN_REPOSITORIES = (SubjectKind.REPOSITORY, SubjectKind.REVISION)
OF_SOMEBODY = (SubjectKind.USER, SubjectKind.ORGANISATION)


@dataclass(frozen=True)
class Page:
    """Some of the cases, each with what it is about as `name`, and whether there are more after them."""

    cases: list[Case] = field(default_factory=list)
    more: bool = False


def cases_concerning(user: User, *, limit: int, offset: int = 0) -> Page:
    """The cases whose statements the user can read, the newest first; two queries.

    Where something was decided or written: that somebody only reported it stays with the moderators.
    """
    theirs = Repository.objects.filter(namespace__in=_namespaces(user, Role.WRITE))
    own = Q(repository__in=theirs) | Q(brought_by=user) & seen_by_bringer()
    decided = Decision.objects.filter(case=OuterRef("pk")).exclude(applied_at=None)
    written = Message.objects.filter(case=OuterRef("pk"), internal=False)
    about = Case.objects.filter(pk__in=_about(user, theirs))
    told = about.filter(Exists(decided) | Exists(written)).order_by("-id")
    found = list(told[offset : offset + limit + 1])
    names = _files_named(own, [case.sha256 for case in found if case.sha256])
    for case in found:
        case.name = names.get(case.sha256, case.subject_name)
    return Page(found[:limit], len(found) > limit)


def _about(user: User, theirs: QuerySet[Repository]) -> QuerySet:
    """Ids of the cases about something of a user's: each kind is looked up by an index of its own."""
    held = RepositoryBlob.objects.filter(repository__in=theirs, state=RepositoryBlob.State.PRESENT)
    of_files = Case.objects.filter(subject_kind=SubjectKind.BLOB, sha256__in=held.values("sha256"))
    in_repositories = Case.objects.filter(subject_kind__in=IN_REPOSITORIES, repository__in=theirs)
    comments = Case.objects.filter(subject_kind=SubjectKind.COMMENT, comment__author=user)
    themselves = Case.objects.filter(
        subject_kind__in=OF_SOMEBODY, namespace__in=_namespaces(user, Role.ADMIN)
    )
    brought = RepositoryBlob.objects.filter(seen_by_bringer(), brought_by=user)
    present = brought.filter(state=RepositoryBlob.State.PRESENT)
    proposed = Case.objects.filter(subject_kind=SubjectKind.BLOB, sha256__in=present.values("sha256"))
    others = (proposed.exclude(sha256=""), in_repositories, comments, themselves)
    return of_files.exclude(sha256="").values("pk").union(*(found.values("pk") for found in others))


def standing_about(namespace: Namespace) -> Decision | None:
    """The decision about a user or an organisation that counts most, with its case: what takes something."""
    found = Decision.objects.filter(case__subject_key=namespace.subject, state=DecisionState.STANDING)
    found = found.exclude(effect=Effect.NONE).select_related("case").order_by("-id")
    return min(found, key=lambda one: one.effect in (Effect.WARN, Effect.ASK), default=None)


def cases_of_withheld(events: Iterable[DiscussionEvent], author: User) -> dict[int, int]:
    """Of an author's hidden comments the ids of the cases, by the comment's; one query if any."""
    ids = [one.pk for one in events if one.author_id == author.pk and one.withheld_at]
    cases = Case.objects.filter(
        comment__in=ids, decisions__state=DecisionState.STANDING, decisions__effect=Effect.HIDE
    )
    return dict(cases.values_list("comment", "pk")) if ids else {}


def _files_named(own: Q, sha256s: list[str]) -> dict[str, str]:
    """Files as they are called where `own` says; others may have them under names of their own."""
    rows = RepositoryBlob.objects.filter(own, sha256__in=sha256s, state=RepositoryBlob.State.PRESENT)
    ordered = rows.select_related("repository__namespace").order_by("sha256", "created_at", "id")
    return {row.sha256: f"{row.repository.full_name}: {row.path}" for row in ordered.distinct("sha256")}


def _namespaces(user: User, role: str) -> QuerySet[Namespace]:
    mine = Q(user=user) | Q(memberships__user=user, memberships__role__in=roles_including(role))
    return Namespace.objects.filter(mine)
