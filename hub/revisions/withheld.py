"""Commits whose files a moderator's decision withholds: why is known above, here only that."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from accounts import audit
from accounts.models import AuditEvent, User
from hub.events import Event
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.attributes import INITIAL_ATTRIBUTES
from hub.revisions.cards import card_of
from hub.revisions.models import Ref, WithheldRevision
from hub.revisions.names import MAIN_REF
from hub.revisions.places import address_of, lock_address, lock_refs, place_left_by, place_of
from hub.revisions.selectors import resolve_revision
from hub.revisions.withheld_files import note_withheld_files
from storage.git.objects import FILE, TreeEntry, object_id, tree_bytes
from storage.git.removal import EMPTY_TREE
from storage.selectors import commits_by_oid

# Of a repository that nobody brought anything to yet.
_FRESH = TreeEntry(FILE, ".gitattributes", object_id("blob", INITIAL_ATTRIBUTES.encode()))
# What many commits have that have nothing to do with each other.
SHARED_TREES = frozenset({EMPTY_TREE, object_id("tree", tree_bytes([_FRESH]))})
# Of a whole repository that is gone, so many of the commits that landed last are withheld.
MOST_LANDED = 1000
BRANCHES = "refs/heads/"


@transaction.atomic
def withhold_revision(*, origin: int, oid: str, actor_user: User | None) -> bool:
    """Give the files of a commit of the repository `origin` to nobody but writers and moderators.

    False when that is so already. It holds whatever names the commit, also once it is created: a branch, a
    tag, a pull request; and for whatever other commit of the repository has the same files. The row is
    unique, so that of two at once one changes something. The repository's row is locked: who deletes or moves
    it waits. When it was deleted, it holds where one is made anew at its address, or was.
    """
    place = place_of(origin)
    if place is None:
        return False
    row, new = WithheldRevision.objects.get_or_create(
        origin=origin,
        oid=oid,
        whole=False,
        defaults={"repository": place.repository, "address": place.address, "tree": _trees([oid])[oid]},
    )
    if new and place.repository is not None:
        _tell(Event.REVISION_WITHHELD, place.repository, [row], actor_user)
    return new


@transaction.atomic
def withhold_deleted(*, origin: int, actor_user: User | None) -> bool:
    """Withhold all that the branches of a deleted repository had, where one is made anew at its address.

    False while it is there, when it is so already, and when nothing of it is known. Its address is locked,
    and the row of who is there now.
    """
    if Repository.objects.filter(pk=origin).exists():
        return False
    place = place_left_by(origin)
    known = WithheldRevision.objects.filter(origin=origin, whole=True)
    if place is None or known.exists():
        return False
    own = {oid: tree for oid, tree in _trees(_landed(origin)).items() if tree}
    rows = WithheldRevision.objects.bulk_create(
        [
            WithheldRevision(
                origin=origin,
                oid=oid,
                tree=tree,
                whole=True,
                repository=place.repository,
                address=place.address,
            )
            # Of one that had nothing of its own a row says that this was decided.
            for oid, tree in (own or {"": ""}).items()
        ]
    )
    if rows and place.repository is not None:
        _tell(Event.REVISION_WITHHELD, place.repository, rows, actor_user)
    return bool(rows)


@transaction.atomic
def serve_revision(*, origin: int, oid: str, actor_user: User | None) -> bool:
    """Serve a commit's files again that were withheld in the repository of an id; False when they were not.

    Also where the repository was made anew since.
    """
    return _serve(WithheldRevision.objects.filter(origin=origin, oid=oid, whole=False), actor_user)


@transaction.atomic
def serve_deleted(*, origin: int, actor_user: User | None) -> bool:
    """Serve again what is withheld with all of a deleted repository; False when nothing is."""
    return _serve(WithheldRevision.objects.filter(origin=origin, whole=True), actor_user)


def withhold_as_before(*, repository: Repository) -> None:
    """Withhold in a repository that comes to an address what was withheld in a deleted one there.

    Runs in the transaction in which it comes. The address is locked, and so are the rows.
    """
    address = address_of(repository)
    lock_address(address)
    former = WithheldRevision.objects.filter(repository=None, address=address)
    found = list(former.order_by("pk").select_for_update())
    if not found:
        return
    WithheldRevision.objects.filter(pk__in=[row.pk for row in found]).update(repository=repository)
    _tell(Event.REVISION_WITHHELD, repository, found, None)


def follow_move(*, repository: Repository) -> None:
    """Note with what is withheld in a repository where it came to be, and withhold in it what was so there.

    Runs in the transaction of the move: by its address is known what was withheld when it is deleted.
    """
    WithheldRevision.objects.filter(repository=repository).update(address=address_of(repository))
    withhold_as_before(repository=repository)


def _serve(rows: QuerySet[WithheldRevision], actor_user: User | None) -> bool:
    # The refs first, as with whoever moves the repository.
    where = rows.values_list("repository", flat=True).first()
    if where is not None:
        lock_refs(where)
    found = list(rows.order_by("pk").select_for_update())
    if not found:
        return False
    WithheldRevision.objects.filter(pk__in=[row.pk for row in found]).delete()
    there = Repository.objects.select_related("namespace").filter(pk=found[0].repository_id).first()
    if there is not None:
        _tell(Event.REVISION_SERVED, there, found, actor_user)
    return True


def _trees(oids: Sequence[str]) -> dict[str, str]:
    """What is withheld with each commit: "" where that would be what has nothing to do with it; one query."""
    commits = commits_by_oid(oids)
    trees = {oid: commits[oid].tree if oid in commits else "" for oid in oids}
    return {oid: "" if tree in SHARED_TREES else tree for oid, tree in trees.items()}


def _landed(origin: int) -> list[str]:
    """The commits that were heads of a repository's branches, also of one that is gone; the last ones."""
    events = AuditEvent.objects.filter(
        event=Event.COMMIT_LANDED, subject=f"repository:{origin}", data__ref__startswith=BRANCHES
    )
    heads = events.order_by("-created_at", "-pk").values_list("data__commit", flat=True)
    return list(dict.fromkeys(heads[:MOST_LANDED]))


def _tell(what: Event, repository: Repository, rows: Sequence[WithheldRevision], user: User | None) -> None:
    """Note it, and have lists and the search say of the card what may be shown of it now."""
    note_withheld_files(repository=repository)
    main = Ref.objects.filter(repository=repository, name=MAIN_REF).select_related("commit").first()
    if main is not None and any(main.commit_id == row.oid or main.commit.tree == row.tree for row in rows):
        repos.apply_card(repository=repository, card=card_of(resolve_revision(repository, MAIN_REF)))
    # What was withheld with a whole repository is one thing.
    about = [{"commit": row.oid} for row in rows if not row.whole]
    about += [{"former": f"repository:{origin}"} for origin in sorted({r.origin for r in rows if r.whole})]
    audit.record_each(what, actor=user, acts=[(repository.subject, data) for data in about])
