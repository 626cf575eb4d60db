"""What a case is about, whatever it is: how it is kept and named, whose it is and whom it reaches."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum, TextField, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Concat

from accounts.models import AuditEvent, Namespace, User
from contributions.discussions.models import DiscussionEvent
from contributions.moderation.models import Case
from contributions.moderation.vocabulary import SubjectKind
from hub.events import Event
from hub.follows.models import Follow
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob

# The first half of an advisory lock's key, which nobody else uses; the other half is the subject's.
LOCK = 0x6D6F6400
NAME_MAX = 400
# Of a file that more repositories hold, moderators look themselves whether it was repaired.
MOST_HOLDERS = 10
OID_SHOWN = 8


@dataclass(frozen=True)
class Subject:
    """One thing that can be flagged; `fields` are the columns of its cases."""

    kind: SubjectKind
    key: str
    name: str
    namespace: Namespace | None
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def origin(self) -> int:
        """The id of the repository that it is, or is a commit of, also once that was deleted."""
        return int(self.key.split(":")[1])


def blob(sha256: str) -> Subject:
    """A file, wherever it is; one query.

    It is named after the repository that held it first; moderators do not learn the names of private ones.
    """
    first = present(sha256).select_related("repository__namespace__user").first()
    name = f"{first.repository.full_name}: {first.path}" if first and not first.repository.private else sha256
    namespace = first.repository.namespace if first else None
    return Subject(SubjectKind.BLOB, f"blob:{sha256}", name[:NAME_MAX], namespace, {"sha256": sha256})


def is_public(sha256: str) -> bool:
    """Whether somebody beside its people can have a file."""
    return present(sha256).filter(repository__visibility=Repository.Visibility.PUBLIC).exists()


def repository(found: Repository) -> Subject:
    """A whole repository."""
    fields = {"repository": found}
    return Subject(SubjectKind.REPOSITORY, found.subject, found.full_name, found.namespace, fields)


def revision(found: Repository, oid: str) -> Subject:
    """One commit of a repository."""
    return Subject(
        SubjectKind.REVISION,
        f"revision:{found.pk}:{oid}",
        f"{found.full_name}@{oid[:OID_SHOWN]}",
        found.namespace,
        {"repository": found, "oid": oid},
    )


def comment(event: DiscussionEvent) -> Subject:
    """A comment in a thread; whose it is is its author's namespace."""
    thread = event.discussion
    return Subject(
        SubjectKind.COMMENT,
        f"comment:{event.pk}",
        f"{thread.repository.full_name} #{thread.number}",
        event.author.namespace if event.author else None,
        {"repository": thread.repository, "comment": event},
    )


def namespace(found: Namespace) -> Subject:
    """A user or an organisation."""
    kind = SubjectKind.ORGANISATION if found.is_organisation else SubjectKind.USER
    return Subject(kind, found.subject, found.name, found)


def of(case: Case) -> Subject:
    """What a case is about, as far as it is still there."""
    fields = {
        "sha256": case.sha256,
        "oid": case.oid,
        "repository": case.repository,
        "comment": case.comment,
    }
    return Subject(
        SubjectKind(case.subject_kind), case.subject_key, case.subject_name, case.namespace, fields
    )


def lock(key: str) -> None:
    """Let nobody else decide about a subject until the transaction ends, also where it has no row to lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, key])


def reach_of(subject: Subject) -> int:
    """Downloads of 30 days of the repositories in question, and their owners' followers; two queries."""
    if subject.kind == SubjectKind.BLOB:
        holders = present(subject.fields["sha256"]).values("repository")
        repositories = Repository.objects.filter(pk__in=holders)
    elif found := subject.fields.get("repository"):
        repositories = Repository.objects.filter(pk=found.pk)
    else:
        repositories = Repository.objects.filter(namespace=subject.namespace)
    downloads = repositories.aggregate(all=Sum("downloads"))["all"] or 0
    if subject.kind == SubjectKind.BLOB:
        owners = repositories.values("namespace")
        return downloads + Follow.objects.filter(namespace__in=owners).values("user").distinct().count()
    return downloads + Follow.objects.filter(namespace=subject.namespace).count()


def present(sha256: str) -> Any:
    """The rows of the repositories that hold a blob, the first to have had it first."""
    rows = RepositoryBlob.objects.filter(sha256=sha256, state=RepositoryBlob.State.PRESENT)
    return rows.order_by("created_at", "id")


def repositories_of(case: Case) -> list[Repository]:
    """Where what a case is about is now; of a file at most one more than MOST_HOLDERS; one query."""
    if not case.sha256:
        return [case.repository] if case.repository else []
    rows = present(case.sha256).select_related("repository__namespace")
    return [row.repository for row in rows[: MOST_HOLDERS + 1]]


def has_stake(case: Case, user: User) -> bool:
    """True when the case is about something of the user's, of an organisation they are a member of, or that
    they brought to somebody else; one query."""
    theirs = Q(Exists(_of(user).filter(_owned_by(case)))) | Q(pk__in=brought_by(case))
    return User.objects.filter(theirs, pk=user.pk).exists()


def at_stake(user: User) -> Q:
    """The condition that `has_stake` is true of a case: of their own, moderators learn what its people are
    told, and no more."""
    own = _of(user).values("pk")
    held = RepositoryBlob.objects.filter(
        Q(repository__namespace__in=own) | Q(brought_by=user),
        sha256=OuterRef("sha256"),
        state=RepositoryBlob.State.PRESENT,
    )
    return (
        Q(namespace__isnull=False, namespace__in=own)
        | Q(repository__isnull=False, repository__namespace__in=own)
        | ~Q(sha256="") & Q(Exists(held))
        | Q(subject_kind=SubjectKind.REVISION) & Q(landed_by(user))
    )


def without_stake(case: Case, users: QuerySet[User]) -> QuerySet[User]:
    """Those of some users for whom `has_stake` is not true."""
    owners = Namespace.objects.filter(_owned_by(case))
    others = users.exclude(pk__in=brought_by(case))
    return others.exclude(namespace__in=owners).exclude(memberships__organisation__in=owners)


def brought_by(case: Case) -> QuerySet:
    """The ids of those who brought a case's file or commit anywhere, whoever's it is there; some left."""
    if case.sha256:
        return present(case.sha256).order_by().exclude(brought_by=None).values("brought_by")
    subject = f"repository:{case.repository_id}"
    return landed(subject, case.oid).exclude(actor=None).values("actor") if case.oid else User.objects.none()


def landed(subject: Any, oid: Any) -> QuerySet[AuditEvent]:
    """That a commit came to a repository, which the log calls `subject`; whose act it was brought it."""
    told = AuditEvent.objects.filter(event=Event.COMMIT_LANDED, subject=subject)
    return told.annotate(commit=KT("data__commit")).filter(commit=oid)


def _owned_by(case: Case) -> Q:
    """The condition that a namespace is one that a case is about something of."""
    about = Repository.objects.filter(
        Q(pk=case.repository_id)
        if not case.sha256
        else Q(pk__in=present(case.sha256).order_by().values("repository"))
    )
    return Q(pk__in=about.values("namespace")) | Q(pk=case.namespace_id)


def landed_by(user: User) -> Exists:
    """The condition that a user brought a case's commit."""
    subject = Concat(Value("repository:"), OuterRef("repository_id"), output_field=TextField())
    return Exists(landed(subject, OuterRef("oid")).filter(actor=user))


def is_theirs(namespace_id: int, user: User) -> bool:
    """True for the user's own namespace, and that of an organisation they are a member of."""
    return _of(user).filter(pk=namespace_id).exists()


def _of(user: User) -> QuerySet[Namespace]:
    return Namespace.objects.filter(Q(user=user) | Q(memberships__user=user))
