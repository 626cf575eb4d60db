"""Whom a case concerns, about what of theirs, and who is on the same side; never all of them at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Namespace, User
from accounts.roles import Role, roles_including
from contributions.moderation.models import Case
from contributions.moderation.subjects import brought_by, present
from contributions.moderation.vocabulary import SubjectKind
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob

WRITERS = roles_including(Role.WRITE)
HOLDINGS_SHOWN = 50
BATCH = 100


@dataclass(frozen=True)
class Holding:
    """A repository that a case is about, and the path of the file in it ("" when it is about the whole)."""

    repository: Repository
    path: str


def concerned(case: Case, *, by: datetime | None = None) -> QuerySet[User]:
    """Whom a decision in the case concerns.

    Those who may write where it is (of a file, where it was at the moment `by`), who brought it there and
    may see the repository by now, a comment's author, a user, or an organisation's admins. Who is suspended
    is told of what is their own, and appeals by a link.
    """
    users = User.objects.select_related("namespace")
    if case.subject_kind == SubjectKind.COMMENT:
        author = case.comment.author_id if case.comment else None
        return users.filter(pk=author)
    if case.subject_kind == SubjectKind.USER:
        return users.filter(namespace=case.namespace_id) if case.namespace_id else users.none()
    if case.subject_kind == SubjectKind.ORGANISATION:
        return users.filter(_members([case.namespace_id], [Role.ADMIN]))
    return users.filter(_writers(_places(case, by)) | _bringers(case, by))


def concerns(case: Case, user: User, *, by: datetime | None = None) -> bool:
    """Whether a decision in the case concerns somebody; at most two queries."""
    if case.subject_kind == SubjectKind.BLOB:
        return _held(case, user, by).exists()
    return concerned(case, by=by).filter(pk=user.pk).exists()


def in_batches(people: QuerySet[User]) -> Iterator[list[User]]:
    """People by their ids, some at a time; one query each time."""
    last = 0
    while found := list(people.filter(pk__gt=last).order_by("pk")[:BATCH]):
        yield found
        last = found[-1].pk


def holdings_of(case: Case, user: User) -> list[Holding]:
    """What of somebody's a case is about, the first HOLDINGS_SHOWN; at most two queries."""
    if case.subject_kind == SubjectKind.BLOB:
        rows = _held(case, user, None).select_related("repository__namespace")
        return [Holding(row.repository, row.path) for row in rows[:HOLDINGS_SHOWN]]
    about_people = case.subject_kind in (SubjectKind.COMMENT, SubjectKind.USER, SubjectKind.ORGANISATION)
    return [] if about_people or case.repository is None else [Holding(case.repository, "")]


def name_for(case: Case, holdings: list[Holding]) -> str:
    """What a case is about to one of those concerned: a file is named as they have it, and not as others."""
    if case.sha256 and holdings:
        return f"{holdings[0].repository.full_name}: {holdings[0].path}"
    return case.subject_name


def same_side(case: Case, user: User) -> Q:
    """The condition that `author` is on a user's side: others hold the same file, or brought it or a commit
    to somebody else, and neither side reads what the other writes. Of anything else all whom it concerns are
    one side."""
    if case.subject_kind == SubjectKind.BLOB:
        own = _written(case, user, None).order_by().values("repository__namespace")
        return Q(author=user) | Q(author__in=User.objects.filter(_writers(own)))
    if case.subject_kind != SubjectKind.REVISION:
        return ~Q(pk__in=[])
    writers = User.objects.filter(_writers(_places(case, None)))
    if not writers.filter(pk=user.pk).exists():
        return Q(author=user)
    brought = User.objects.filter(pk__in=brought_by(case)).exclude(pk__in=writers.values("pk"))
    return Q(author=None) | ~Q(author__in=brought)


def _places(case: Case, by: datetime | None) -> QuerySet[Namespace]:
    """The namespaces where what a case is about is."""
    if case.subject_kind != SubjectKind.BLOB:
        return Namespace.objects.filter(pk=case.repository.namespace_id if case.repository else None)
    rows = _held_by(case, by).order_by()
    return Namespace.objects.filter(pk__in=rows.values("repository__namespace"))


def _held(case: Case, user: User, by: datetime | None) -> QuerySet[RepositoryBlob]:
    """The rows of the repositories that hold a case's file, and that a user may write to or brought it to."""
    return _held_by(case, by).filter(_in_own(user) | Q(brought_by=user) & seen_by_bringer())


def _written(case: Case, user: User, by: datetime | None) -> QuerySet[RepositoryBlob]:
    return _held_by(case, by).filter(_in_own(user))


def _in_own(user: User) -> Q:
    memberships = Membership.objects.filter(user=user, role__in=WRITERS, user__suspended_at=None)
    own = Namespace.objects.filter(Q(user=user) | Q(pk__in=memberships.values("organisation")))
    return Q(repository__namespace__in=own)


def seen_by_bringer() -> Q:
    """The condition that whoever brought a file to a repository knows of it today."""
    joined = Membership.objects.filter(
        organisation=OuterRef("repository__namespace"), user=OuterRef("brought_by")
    )
    return Q(repository__visibility=Repository.Visibility.PUBLIC) | Q(Exists(joined))


def _bringers(case: Case, by: datetime | None) -> Q:
    """Those who brought it where it is, as far as they know of the repository today."""
    if case.subject_kind == SubjectKind.BLOB:
        rows = _held_by(case, by).order_by().exclude(brought_by=None).filter(seen_by_bringer())
        return Q(pk__in=rows.values("brought_by"))
    if case.subject_kind != SubjectKind.REVISION or case.repository is None:
        return Q(pk__in=[])
    brought = Q(pk__in=brought_by(case))
    if not case.repository.private:
        return brought
    return brought & _members([case.repository.namespace_id], roles_including(Role.READ))


def _held_by(case: Case, by: datetime | None) -> QuerySet[RepositoryBlob]:
    rows = present(case.sha256)
    return rows.filter(created_at__lte=by) if by else rows


def _writers(places: QuerySet) -> Q:
    return Q(pk__in=Namespace.objects.filter(pk__in=places).values("user")) | _members(places, WRITERS)


def _members(places: object, roles: list[str]) -> Q:
    """That a user who is not suspended has one of these roles there."""
    memberships = Membership.objects.filter(organisation__in=places, role__in=roles, user__suspended_at=None)
    return Q(pk__in=memberships.values("user"))
