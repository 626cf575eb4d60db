"""How much more the owner of a repository may keep."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db.models import CharField, Exists, Max, OuterRef, QuerySet, Sum, Value
from django.db.models.functions import Cast, Concat
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import Namespace
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


@dataclass
class Room:
    """What the repository's owner may still bring, counted when it is first asked for, in two queries.

    Bytes on their way count from the moment their links are given, each object once however often it was
    begun; those of `objects` are what is asked about, so they do not count yet. Chunks count with the files
    that are made of them. No row is locked: what is begun in the same moment may go over the limit, and the
    commit that brings it is counted again, under a lock (`check_within`).
    """

    repo: Repository
    objects: Collection[str] = ()
    left: int | None = field(default=None, init=False)

    def take(self, size: int) -> None:
        """Use `size` bytes of it up; StorageFull when there are fewer."""
        limit = limit_of(self.repo.namespace)
        if not limit:
            return
        if self.left is None:
            self.left = limit - kept_by(self.repo.namespace) - self._coming()
        if size > self.left:
            raise _full(self.repo.namespace, limit, limit - self.left, size)
        self.left -= size

    def _coming(self) -> int:
        """The bytes that uploads were begun for, and that no commit has brought yet."""
        owner = self.repo.namespace
        scopes = Repository.objects.filter(namespace=owner).values_list(
            Concat(Value("repository:"), Cast("pk", CharField()), output_field=CharField()), flat=True
        )
        held = RepositoryBlob.objects.filter(repository__namespace=owner, sha256=OuterRef("sha256"))
        begun = Upload.objects.filter(~Exists(held), scope__in=scopes, created_at__gte=counts_since())
        begun = begun.exclude(state=Upload.State.REFUSED).exclude(sha256__in=self.objects)
        once = begun.values("scope", "sha256").annotate(most=Max("size"))
        return once.aggregate(sum=Sum("most"))["sum"] or 0


def check_sizes(repo: Repository, sizes: list[int]) -> None:
    """StorageFull when files of these sizes cannot fit, asked before anything else is known of them.

    hf_xet tells its user nothing of what the hub says to it, so that this is where they read why. A file that
    is as large as one that the repository has is taken for it: what it is, the upload will tell.
    """
    limit = limit_of(repo.namespace)
    if not limit:
        return
    kept = kept_by(repo.namespace)
    if kept + sum(sizes) <= limit:
        return
    held = RepositoryBlob.objects.filter(repository=repo, size__in=sizes).exclude(
        state=RepositoryBlob.State.REFUSED
    )
    known = set(held.values_list("size", flat=True))
    new = sum(size for size in sizes if size not in known)
    if kept + new > limit:
        raise _full(repo.namespace, limit, kept, new)


def check_within(repo: Repository) -> None:
    """StorageFull if the owner keeps more than it may, with what the transaction has brought.

    The owner's row is locked until the transaction ends, so that of two commits at once the second counts
    the first one's bytes.
    """
    if not limit_of(repo.namespace):
        return
    owner = Namespace.objects.select_for_update(no_key=True).get(pk=repo.namespace_id)
    limit, kept = limit_of(owner), kept_by(owner)
    if limit and kept > limit:
        raise _full(owner, limit, kept, 0)


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
