"""Commits whose files a moderator's decision withholds: why is known above, here only that."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from hub.events import Event
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.attributes import INITIAL_ATTRIBUTES
from hub.revisions.cards import card_of
from hub.revisions.models import Ref, WithheldRevision
from hub.revisions.names import MAIN_REF
from hub.revisions.selectors import resolve_revision
from hub.revisions.withheld_files import note_withheld_files
from storage.git.objects import FILE, TreeEntry, object_id, tree_bytes
from storage.git.removal import EMPTY_TREE
from storage.selectors import commits_by_oid

# Of a repository that nobody brought anything to yet.
_FRESH = TreeEntry(FILE, ".gitattributes", object_id("blob", INITIAL_ATTRIBUTES.encode()))
# What many commits have that have nothing to do with each other.
SHARED_TREES = frozenset({EMPTY_TREE, object_id("tree", tree_bytes([_FRESH]))})


@transaction.atomic
def withhold_revision(*, repository: Repository, oid: str, actor_user: User | None) -> bool:
    """Give the files of a commit to nobody but writers and moderators; False when that is so already.

    Whatever names the commit, also once it is created: a branch, a tag, a pull request; and whatever other
    commit of the repository has the same files. The row is unique, so that of two at once one changes
    something. The repository's row is locked: of one that was deleted meanwhile there is nothing to withhold,
    and who deletes it waits.
    """
    there = Repository.objects.select_for_update(no_key=True).filter(pk=repository.pk)
    if there.values_list("pk").first() is None:
        return False
    commit = commits_by_oid([oid]).get(oid)
    # Without files of somebody's there is nothing to withhold but the commit.
    tree = commit.tree if commit and commit.tree not in SHARED_TREES else ""
    row, new = WithheldRevision.objects.get_or_create(
        origin=repository.pk,
        oid=oid,
        defaults={"repository": repository, "address": _address(repository), "tree": tree},
    )
    if new:
        _tell(Event.REVISION_WITHHELD, row, actor_user)
    return new


@transaction.atomic
def serve_revision(*, origin: int, oid: str, actor_user: User | None) -> bool:
    """Serve a commit's files again that were withheld in the repository of an id; False when they were not.

    Also where the repository was made anew since.
    """
    row = WithheldRevision.objects.select_related("repository").filter(origin=origin, oid=oid).first()
    if row is None or not WithheldRevision.objects.filter(pk=row.pk).delete()[0]:
        return False
    _tell(Event.REVISION_SERVED, row, actor_user)
    return True


def withhold_as_before(*, repository: Repository) -> None:
    """Withhold in a new repository what was withheld in a deleted one of the same address.

    Runs in the transaction that adds it.
    """
    former = WithheldRevision.objects.filter(repository=None, address=_address(repository))
    found = list(former.order_by("pk").values_list("pk", "oid"))
    WithheldRevision.objects.filter(pk__in=[pk for pk, _ in found]).update(repository=repository)
    note_withheld_files(repository=repository)
    for _, oid in found:
        audit.record(Event.REVISION_WITHHELD, actor=None, subject=repository.subject, commit=oid)


def follow_move(*, repository_id: int) -> None:
    """Note the new address of a repository with what is withheld in it."""
    for repository in Repository.objects.select_related("namespace").filter(pk=repository_id):
        WithheldRevision.objects.filter(repository=repository).update(address=_address(repository))


def _address(repository: Repository) -> str:
    return f"{repository.kind}:{repository.full_name}".lower()


def _tell(what: Event, row: WithheldRevision, user: User | None) -> None:
    """Note it, and have lists and the search say of the card what may be shown of it now."""
    repository = row.repository
    if repository is None:
        return
    note_withheld_files(repository=repository)
    # A commit that lands meanwhile waits here, and its card comes last.
    heads = Ref.objects.select_for_update(of=("self",)).filter(repository=repository, name=MAIN_REF)
    main = heads.select_related("commit").first()
    if main is not None and (row.oid == main.commit_id or row.tree == main.commit.tree):
        repos.apply_card(repository=repository, card=card_of(resolve_revision(repository, MAIN_REF)))
    audit.record(what, actor=user, subject=repository.subject, commit=row.oid)
