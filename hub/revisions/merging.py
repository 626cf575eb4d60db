"""Bring what one line of commits changed into another, as one commit."""

from collections.abc import Mapping

from django.db import transaction

from accounts.models import User
from hub.errors import HubError, RevisionNotFound, StaleRef
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.cards import CARD, card_of
from hub.revisions.changes import note_changes
from hub.revisions.history import changes_between
from hub.revisions.models import Ref
from hub.revisions.names import MAIN_REF
from hub.revisions.room import check_within, has_proposals, take_over
from hub.revisions.selectors import Revision, resolve_revision, tree_entries
from hub.revisions.services import STALE, message_of, move_ref, tell_landed, write_commit
from storage.git.merging import merge_trees
from storage.selectors import git_blobs, load_trees


class Conflicting(HubError):
    """Both sides changed the same `paths`, so nothing was merged."""

    def __init__(self, message: str, paths: tuple[str, ...]) -> None:
        super().__init__(message)
        self.paths = paths


def conflicts_between(base: Revision, ours: Revision, theirs: Revision) -> tuple[str, ...]:
    """The paths that two revisions made something different of since `base`; two queries a level of depth.

    Only folders that both changed are read, so the work grows with the change and not with the repository.
    """
    return merge_trees(base.tree, ours.tree, theirs.tree, load=load_trees).conflicts


@transaction.atomic
def land_merge(
    *,
    repo: Repository,
    actor_user: User,
    ref: str,
    seen: str,
    base: Revision,
    theirs: Revision,
    summary: str,
    description: str = "",
    squash: bool = False,
    settled: Mapping[str, str] | None = None,
) -> str:
    """Put on a ref what `theirs` changed since `base`, and return the commit's id.

    The commit has both as parents, or with `squash` only the head it is put on. `seen` is that head as the
    caller knows it: no longer being it is StaleRef, and the ref's row is compared and swapped in one UPDATE
    as for every commit. `settled` says whose counts for paths that both changed; any other such path is
    Conflicting. Nothing is read but the folders that differ. What comes to a branch that somebody proposed
    counts for the repository's owner from now on; StorageFull when it does not fit.
    """
    row = Ref.objects.filter(repository=repo, name=ref).select_related("commit").first()
    if row is None:
        raise RevisionNotFound(f"Invalid rev id: {ref}")
    if row.commit_id != seen:
        raise StaleRef(STALE)
    merged = merge_trees(base.tree, row.commit.tree, theirs.tree, load=load_trees, settled=settled)
    if merged.edited is None:
        raise Conflicting(
            f"Both sides changed {', '.join(merged.conflicts[:5])}"
            f"{f' and {len(merged.conflicts) - 5} more' if len(merged.conflicts) > 5 else ''}.",
            merged.conflicts,
        )
    parents = [seen] if squash else [seen, theirs.commit]
    message = message_of(summary, description)
    commit = write_commit(actor_user, merged.edited, parents, message)
    move_ref(repo, ref, row, commit)
    note_changes(repo, [commit])
    if ref.startswith("refs/heads/"):
        _take_over(repo, row.commit.tree, commit.tree)
    if ref == MAIN_REF:
        changed = _card_oid(commit.tree) != _card_oid(row.commit.tree)
        card = card_of(resolve_revision(repo, MAIN_REF)) if changed else None
        repos.apply_head(repository=repo, head=commit.oid, card=card)
    tell_landed(repo, actor_user, ref, commit.oid, message, former=seen)
    return commit.oid


def _take_over(repo: Repository, old: str, new: str) -> None:
    """Nothing is looked for in a repository where nobody proposed anything that is not merged yet."""
    if not has_proposals(repo):
        return
    oids = {change.new.oid for change in changes_between(old, new) if change.new}
    if take_over(repo, {row.blob_id for row in git_blobs(oids).values()}):
        check_within(repo.namespace)


def _card_oid(tree: str) -> str:
    entry = tree_entries(tree, [CARD]).get(CARD)
    return entry.oid if entry else ""
