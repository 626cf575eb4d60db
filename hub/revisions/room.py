"""How much more may be brought to a repository, and against whose limit it counts.

What somebody brings who may write counts against the owner's limit. A proposal of anybody else counts against
the proposer's own until it is merged: what the owner keeps, private repositories included, decides nothing
that an outsider sees, no number of the owner's is told to them, and no outsider uses up what the owner has.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from django.conf import settings
from django.db.models import BigIntegerField, Exists, Max, OuterRef, QuerySet, Sum
from django.db.models.functions import Cast, Substr
from django.utils.translation import gettext as _

from accounts.models import Membership, Namespace, User
from accounts.roles import Role, at_least, roles_including
from accounts.selectors import role_in
from hub.amounts import size_words
from hub.errors import StorageFull
from hub.repos.models import Repository
from hub.revisions.models import RepositoryBlob
from storage.models import Upload
from storage.verification import counts_since

# How many objects are looked for at once.
BATCH = 1_000


class Storage(NamedTuple):
    """The bytes that a namespace keeps, and those that it may keep, 0 for no limit."""

    kept: int
    limit: int


def storage_of(namespace: Namespace) -> Storage:
    """What a namespace keeps and may keep; two queries at most."""
    return Storage(kept_by(namespace), limit_of(namespace))


def limit_of(namespace: Namespace) -> int:
    """The bytes that a namespace may keep; 0 is no limit."""
    own = namespace.storage_limit
    return settings.STORAGE_LIMIT if own is None else own


def kept_by(namespace: Namespace) -> int:
    """The bytes of all that is or was in each of a namespace's repositories, once in each.

    Without what others propose there, and for a person with what they propose to others; two queries at most.
    """
    kept = _sum(RepositoryBlob.objects.filter(repository__namespace=namespace, proposer=None))
    if namespace.user_id is not None:
        kept += _sum(RepositoryBlob.objects.filter(proposer=namespace.user_id))
    return kept


def proposer_of(repo: Repository, user: User) -> User | None:
    """The user if what they bring is a proposal, because they may not write; else None."""
    return None if at_least(role_in(user, repo.namespace), Role.WRITE) else user


def payer_of(repo: Repository, user: User) -> Namespace:
    """Whose limit holds for what a user brings: the owner's if they may write, or else their own."""
    return repo.namespace if proposer_of(repo, user) is None else user.namespace


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
            self.left = limit - kept_by(payer) - coming_to(payer, but=self.objects)
        if size > self.left:
            raise _full(payer, limit, limit - self.left, size)
        self.left -= size


def coming_to(payer: Namespace, *, but: Collection[str] = ()) -> int:
    """The bytes that uploads were begun for at a namespace's cost, and that no commit has brought yet."""
    begun = Upload.objects.exclude(state=Upload.State.REFUSED).exclude(sha256__in=but)
    # The scope of each is the subject of a repository.
    place = Cast(Substr("scope", len("repository:") + 1), BigIntegerField())
    begun = begun.filter(created_at__gte=counts_since()).annotate(place=place)
    here = Repository.objects.filter(pk=OuterRef("place"))
    writing = Membership.objects.filter(role__in=roles_including(Role.WRITE))
    if payer.user_id is not None:
        others = writing.filter(user=payer.user_id).values("organisation")
        begun = begun.filter(Exists(here.exclude(namespace__in=others)), created_by=payer.user_id)
    else:
        writers = writing.filter(organisation=payer).values("user")
        begun = begun.filter(Exists(here.filter(namespace=payer)), created_by__in=writers)
    held = RepositoryBlob.objects.filter(repository=OuterRef("place"), sha256=OuterRef("sha256"))
    held = held.exclude(state=RepositoryBlob.State.REFUSED)
    once = begun.filter(~Exists(held)).values("scope", "sha256").annotate(most=Max("size"))
    return once.aggregate(sum=Sum("most"))["sum"] or 0


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


def check_within(payer: Namespace) -> None:
    """StorageFull if a namespace keeps more than it may, with what the transaction has brought.

    Its row is locked until the transaction ends, so that of two commits at once the second counts the first
    one's bytes.
    """
    if not limit_of(payer):
        return
    locked = Namespace.objects.select_for_update(no_key=True).get(pk=payer.pk)
    limit, kept = limit_of(locked), kept_by(locked)
    if limit and kept > limit:
        raise _full(locked, limit, kept, 0)


def take_over(repo: Repository, sha256s: Collection[str]) -> int:
    """Let objects count for the repository's owner that others proposed; returns how many did.

    StorageFull (`check_within`) is the caller's to ask for.
    """
    proposed = RepositoryBlob.objects.filter(repository=repo).exclude(proposer=None)
    names = sorted(sha256s)
    some = (names[start : start + BATCH] for start in range(0, len(names), BATCH))
    return sum(proposed.filter(sha256__in=batch).update(proposer=None) for batch in some)


def has_proposals(repo: Repository) -> bool:
    """Whether anything in the repository counts for somebody else than its owner; one query."""
    return RepositoryBlob.objects.filter(repository=repo).exclude(proposer=None).exists()


def _sum(rows: QuerySet[RepositoryBlob]) -> int:
    kept = rows.exclude(state=RepositoryBlob.State.REFUSED)
    return kept.aggregate(sum=Sum("size"))["sum"] or 0


def _full(namespace: Namespace, limit: int, used: int, size: int) -> StorageFull:
    sizes = {
        "owner": namespace.name,
        "limit": size_words(limit),
        "used": size_words(used),
        "size": size_words(size),
    }
    if size:
        words = _("%(size)s do not fit: %(owner)s uses %(used)s of the %(limit)s that it may keep here.")
    else:
        words = _("This does not fit: %(owner)s would keep %(used)s of the %(limit)s that it may keep here.")
    what_now = _("Remove what is not needed, or ask the people who run this hub for more.")
    return StorageFull(f"{words % sizes} {what_now}")
