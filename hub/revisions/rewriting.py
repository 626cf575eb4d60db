"""What changes a history that is written already: squash a branch, and delete large files from all of it."""

import re
from collections.abc import Collection, Mapping

from django.db import connection, transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from hub.errors import InvalidInput, RepoNotFound
from hub.events import Event
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.cards import card_of
from hub.revisions.changes import forget_changes, note_changes
from hub.revisions.models import Ref, RepositoryBlob, RepositoryCommit
from hub.revisions.names import MAIN_REF
from hub.revisions.possession import SHA256
from hub.revisions.protection import check_unprotected
from hub.revisions.releases import measure_release
from hub.revisions.selectors import resolve_revision
from hub.revisions.services import message_of, move_ref, signature_of, tell_landed
from hub.revisions.withheld_files import note_withheld_files
from storage import services as storage
from storage.git.objects import object_id, rewritten_commit
from storage.git.removal import EMPTY_TREE, without_files
from storage.models import Commit
from storage.selectors import commits_by_oid, load_trees, pointers_to
from storage.uploads import forget_uploads

MOVING = re.compile("refs/(heads|pr)/")
# How many commits are rewritten together, which bounds what is in memory.
BATCH = 200


@transaction.atomic
def squash_history(*, repo: Repository, branch: str, message: str, actor_user: User) -> str:
    """Put one commit without parents, with the same files, in the place of a branch's head; returns its id.

    The ref is compared and swapped, so a commit that lands meanwhile makes this StaleRef. Earlier commits are
    on no ref any more, but keep their ids and their files. RevisionNotFound, InvalidInput for a tag.
    """
    found = resolve_revision(repo, branch)
    if found.ref is None or not MOVING.match(found.ref):
        raise InvalidInput(
            "Invalid reference for a branch: only a branch's history can be squashed.", "branch"
        )
    check_unprotected(repo, found.ref)
    row = Ref.objects.get(repository=repo, name=found.ref)
    now = timezone.now()
    head = commits_by_oid([row.commit_id])[row.commit_id]
    commit = storage.store_commit(
        tree=head.tree,
        parents=[],
        author=signature_of(actor_user, now),
        message=message_of(message, ""),
        at=now,
    )
    move_ref(repo, row.name, row, commit)
    if row.name == MAIN_REF:
        repos.apply_head(repository=repo, head=commit.oid, card=None)
    audit.record(
        Event.HISTORY_SQUASHED, actor=actor_user, subject=repo.subject, ref=row.name, former=head.oid
    )
    tell_landed(repo, actor_user, row.name, commit.oid, message_of(message, ""), former=head.oid)
    return commit.oid


@transaction.atomic
def delete_large_files(
    *, repo: Repository, sha256s: Collection[str], rewrite_history: bool, actor_user: User
) -> int:
    """Take objects away from a repository for good; returns how many it held.

    With `rewrite_history` every commit that names one is written anew without it, and the old ones are
    unknown revisions; else the pointers stay and lead nowhere. Other repositories keep what they hold. All
    refs and then the repository are locked: a commit that lands meanwhile comes before, or is StaleRef.
    """
    if not all(isinstance(sha256, str) and SHA256.fullmatch(sha256) for sha256 in sha256s):
        raise InvalidInput("Every sha must be a sha256 in lower-case hexadecimal.", "sha")
    _lock(repo)
    rows = RepositoryBlob.objects.filter(repository=repo, sha256__in=sha256s, large=True)
    held = sorted(rows.values_list("sha256", flat=True))
    if not held:
        return 0
    if rewrite_history:
        _rewrite(repo, held, actor_user)
    rows.delete()
    forget_uploads(scope=repo.subject, sha256s=held)
    audit.record(
        Event.FILES_DELETED,
        actor=actor_user,
        subject=repo.subject,
        sha256s=held,
        rewrite_history=rewrite_history,
    )
    return len(held)


def _lock(repo: Repository) -> None:
    """Refs first, in the order of a commit that lands; then also those that were made in between."""
    refs = Ref.objects.filter(repository=repo).order_by("pk").select_for_update()
    list(refs)
    if Repository.objects.select_for_update(no_key=True).filter(pk=repo.pk).first() is None:
        raise RepoNotFound("Repository not found")
    list(refs)


def _rewrite(repo: Repository, sha256s: list[str], actor_user: User) -> None:
    new = _written_anew(repo, pointers_to(sha256s))
    if not new:
        return
    _replace_commits(repo, new)
    note_withheld_files(repository=repo)
    for ref in Ref.objects.filter(repository=repo, commit__in=new.keys()):
        former, ref.commit_id = ref.commit_id, new[ref.commit_id]
        ref.save(update_fields=["commit"])
        if ref.name == MAIN_REF:
            card = card_of(resolve_revision(repo, None))
            repos.apply_head(repository=repo, head=ref.commit_id, card=card)
        measure_release(repo=repo, tag=ref)
        if MOVING.match(ref.name):
            words = "Delete large files from the history"
            tell_landed(repo, actor_user, ref.name, ref.commit_id, words, former=former)


def _written_anew(repo: Repository, pointers: set[str]) -> dict[str, str]:
    """Write every commit anew that has one of the pointers or comes after one that has; old id → new id."""
    new: dict[str, str] = {}
    trees: dict[str, str] = {}
    order = _parents_first(repo)
    for start in range(0, len(order), BATCH):
        batch = order[start : start + BATCH]
        commits = commits_by_oid(batch)
        cleaned = without_files({commit.tree for commit in commits.values()}, pointers, trees, load_trees)
        storage.store_trees(cleaned)
        written = []
        for oid in batch:
            commit = _cleaned(commits[oid], trees, new)
            if commit.oid != oid:
                new[oid] = commit.oid
                written.append(commit)
        note_changes(repo, storage.keep_commits(written))
    return new


def _cleaned(commit: Commit, trees: Mapping[str, str], new: Mapping[str, str]) -> Commit:
    """A commit with its tree and parents as they are now; the commit itself when they are what they were."""
    tree, parents = trees[commit.tree] or EMPTY_TREE, [new.get(oid, oid) for oid in commit.parents]
    if (tree, parents) == (commit.tree, commit.parents):
        return commit
    data = rewritten_commit(bytes(commit.data), tree=tree, parents=parents)
    oid = object_id("commit", data)
    return Commit(oid=oid, tree=tree, parents=parents, committed_at=commit.committed_at, data=data)


def _parents_first(repo: Repository) -> list[str]:
    """The ids of all commits of a repository, each after its parents."""
    rows = RepositoryCommit.objects.filter(repository=repo).order_by("commit__depth", "commit")
    parents: dict[str, list[str]] = dict(rows.values_list("commit", "commit__parents"))
    ordered: dict[str, None] = {}
    for oid in parents:
        stack = [oid]
        while stack:
            here = stack[-1]
            waiting = [p for p in parents[here] if p in parents and p not in ordered]
            if waiting:
                stack += waiting
            else:
                ordered[stack.pop()] = None
    return list(ordered)


def _replace_commits(repo: Repository, new: Mapping[str, str]) -> None:
    """The new commits are the repository's, the old ones no longer; what came with these came with those."""
    RepositoryCommit.objects.bulk_create(
        [RepositoryCommit(repository=repo, commit_id=oid) for oid in sorted(new.values())],
        batch_size=storage.BATCH,
        ignore_conflicts=True,
    )
    gone = sorted(new.keys() - set(new.values()))
    RepositoryCommit.objects.filter(repository=repo, commit__in=gone).delete()
    forget_changes(repo, gone)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE hub_repositoryblob SET commit = moved.new
            FROM unnest(%s::text[], %s::text[]) AS moved (old, new)
            WHERE repository_id = %s AND commit = moved.old
            """,
            [list(new.keys()), list(new.values()), repo.pk],
        )
