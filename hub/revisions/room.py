"""How much more may be brought to a repository, and against whose limit it counts.

What somebody brings who may write counts against the owner's limit. A proposal of anybody else is held
against the proposer's own limit, with what they brought to others: what the owner keeps, private repositories
included, decides nothing that an outsider sees, and no number of the owner's is told to them.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db.models import CharField, Exists, Max, OuterRef, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import Namespace, User
from accounts.roles import Role, at_least
from accounts.selectors import namespaces_for, role_in
from hub.errors import StorageFull
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Upload
from storage.verification import counts_since


class Storage(NamedTuple):
    """The bytes that a namespace keeps, and those that it may keep, 0 for no limit."""

    kept: int
    limit: int


def storage_of(namespace: Namespace) -> Storage:
    """What a namespace keeps and may keep; one query."""
    return Storage(kept_by(namespace), limit_of(namespace))


def limit_of(namespace: Namespace) -> int:
    """The bytes that a namespace may keep; 0 is no limit."""
    own = namespace.storage_limit
    return settings.STORAGE_LIMIT if own is None else own


def kept_by(namespace: Namespace) -> int:
    """The bytes of all that is or was in each of a namespace's repositories, once in each; one query."""
    return _kept(namespace).aggregate(sum=Sum("size"))["sum"] or 0


def payer_of(repo: Repository, user: User) -> Namespace:
    """Whose limit holds for what a user brings: the owner's if they may write, or else their own."""
    return repo.namespace if at_least(role_in(user, repo.namespace), Role.WRITE) else user.namespace


@dataclass
class Room:
    """What a user may still bring to a repository, counted when it is first asked for, in a few queries.

    Bytes on their way count from the moment their links are given, each object once however often it was
    begun; those of `objects` are what is asked about, so they do not count yet. Chunks count with the files
    that are made of them. No row is locked: what is begun in the same moment may go over the limit, and the
    commit that brings it is counted again, under a lock (`check_within`).
    """

    repo: Repository
    user: User
    objects: Collection[str] = ()
    left: int | None = field(default=None, init=False)

    def take(self, size: int) -> None:
        """Use `size` bytes of it up; StorageFull when there are fewer."""
        payer = payer_of(self.repo, self.user)
        limit = limit_of(payer)
        if not limit:
            return
        if self.left is None:
            proposed = 0 if payer == self.repo.namespace else proposed_by(self.user, but=self.objects)
            self.left = limit - kept_by(payer) - self._coming(payer) - proposed
        if size > self.left:
            raise _full(payer, limit, limit - self.left, size)
        self.left -= size

    def _coming(self, owner: Namespace) -> int:
        """The bytes that uploads to the owner's were begun for, and that no commit has brought yet."""
        scopes = _scopes(Repository.objects.filter(namespace=owner))
        held = RepositoryBlob.objects.filter(repository__namespace=owner, sha256=OuterRef("sha256"))
        begun = Upload.objects.filter(~Exists(held), scope__in=scopes, created_at__gte=counts_since())
        begun = begun.exclude(state=Upload.State.REFUSED).exclude(sha256__in=self.objects)
        return _once(begun)


def proposed_by(user: User, but: Collection[str] = ()) -> int:
    """The bytes of large files that a user brought to where they may not write; one query."""
    own = _scopes(Repository.objects.filter(namespace__in=namespaces_for(user, Role.WRITE).order_by()))
    brought = Upload.objects.filter(created_by=user).exclude(scope__in=own).exclude(sha256__in=but)
    return _once(brought.exclude(state=Upload.State.REFUSED))


def check_sizes(repo: Repository, user: User, sizes: list[int]) -> None:
    """StorageFull when files of these sizes cannot fit, asked before anything else is known of them.

    hf_xet tells its user nothing of what the hub says to it, so that this is where they read why. A file that
    is as large as one that the repository has is taken for it: what it is, the upload will tell.
    """
    payer = payer_of(repo, user)
    limit = limit_of(payer)
    if not limit:
        return
    kept = kept_by(payer)
    if kept + sum(sizes) <= limit:
        return
    held = RepositoryBlob.objects.filter(repository=repo, size__in=sizes).exclude(
        state=RepositoryBlob.State.REFUSED
    )
    known = set(held.values_list("size", flat=True))
    new = sum(size for size in sizes if size not in known)
    if kept + new > limit:
        raise _full(payer, limit, kept, new)


def check_within(repo: Repository, user: User) -> None:
    """StorageFull if the owner keeps more than it may, with what the transaction has brought.

    What is proposed is not held against the owner here: its large files were held against the proposer's
    limit when they were begun; its small ones are counted at preupload only. The owner's row is locked until
    the transaction ends, so that of two commits at once the second counts the first one's bytes.
    """
    if payer_of(repo, user) != repo.namespace or not limit_of(repo.namespace):
        return
    owner = Namespace.objects.select_for_update(no_key=True).get(pk=repo.namespace_id)
    limit, kept = limit_of(owner), kept_by(owner)
    if limit and kept > limit:
        raise _full(owner, limit, kept, 0)


def _scopes(repositories: QuerySet[Repository]) -> QuerySet:
    name = Concat(Value("repository:"), Cast("pk", CharField()), output_field=CharField())
    return repositories.values_list(name, flat=True)


def _once(begun: QuerySet[Upload]) -> int:
    """The bytes of uploads, each object once in each repository."""
    once = begun.values("scope", "sha256").annotate(most=Max("size"))
    return once.aggregate(sum=Sum("most"))["sum"] or 0


def _kept(namespace: Namespace) -> QuerySet[RepositoryBlob]:
    rows = RepositoryBlob.objects.filter(repository__namespace=namespace)
    return rows.exclude(state=RepositoryBlob.State.REFUSED)


def _full(namespace: Namespace, limit: int, used: int, size: int) -> StorageFull:
    sizes = {
        "owner": namespace.name,
        "limit": filesizeformat(limit),
        "used": filesizeformat(used),
        "size": filesizeformat(size),
    }
    if size:
        words = _("%(size)s do not fit: %(owner)s uses %(used)s of the %(limit)s that it may keep here.")
    else:
        words = _("This does not fit: %(owner)s would keep %(used)s of the %(limit)s that it may keep here.")
    what_now = _("Remove what is not needed, or ask the people who run this hub for more.")
    return StorageFull(f"{words % sizes} {what_now}")
