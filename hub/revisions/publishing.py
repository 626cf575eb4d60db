"""One commit of files that somebody brought: what is in their way, and landing beside others' commits."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from django.utils.translation import gettext

from accounts.models import User
from hub.errors import InvalidInput, RefExists, RevisionNotFound, StaleRef
from hub.repos.models import Repository
from hub.revisions.history import changes_of, commit_of
from hub.revisions.names import branch_ref
from hub.revisions.operations import AddBlob, AddInline
from hub.revisions.refs import create_branch
from hub.revisions.selectors import Revision, commit_named, resolve_revision, tree_entries
from hub.revisions.services import land_commit, message_of, signature_of
from storage.git.objects import object_id, parse_commit, pointer_bytes

TRIES = 5


@dataclass(frozen=True, slots=True)
class InTheWay:
    """What a revision has at the paths of new files: what they replace, and what makes them impossible.

    `blocked` is path → the file or folder that stands in its way; its own path means a folder.
    """

    replaced: set[str]
    blocked: dict[str, str]


def folders_of(path: str) -> list[str]:
    """The folders that a path is in, the outermost first."""
    return [path[:at] for at, letter in enumerate(path) if letter == "/"]


def in_the_way(revision: Revision, paths: Collection[str]) -> InTheWay:
    """What new files at these paths would meet; at most one query for each level of depth."""
    folders = {path: folders_of(path) for path in paths}
    found = tree_entries(revision.tree, {*paths, *(one for some in folders.values() for one in some)})
    replaced, blocked = set(), {}
    for path in paths:
        file = next((one for one in folders[path] if one in found and not found[one].is_tree), None)
        if file is not None:
            blocked[path] = file
        elif path in found and found[path].is_tree:
            blocked[path] = path
        elif path in found:
            replaced.add(path)
    return InTheWay(replaced, blocked)


def publish(
    *,
    repo: Repository,
    actor_user: User,
    operations: Sequence[AddInline | AddBlob],
    summary: str,
    description: str,
    branch: str,
    seen: str | None = None,
    start: str | None = None,
) -> str:
    """Put files on a branch in one commit; with `start`, on a new branch made there. Returns the commit.

    Others may have committed since the publisher looked at the branch (`seen`): that is no obstacle, unless
    they changed one of these very files: that is StaleRef, naming it. Asking again for a new branch whose
    answer was lost gives the commit that was made. Also raises what land_commit does.
    """
    ref = branch_ref(branch)
    for attempt in range(1, TRIES + 1):
        head = resolve_revision(repo, ref if start is None else start)
        if seen and seen != head.commit and start is None:
            _check_untouched(repo, seen, head, operations)
        try:
            return land_commit(
                repo=repo,
                actor_user=actor_user,
                operations=operations,
                summary=summary,
                description=description,
                ref=ref,
                base=head.commit,
                opening=None if start is None else partial(_branched, repo, actor_user, branch, head.commit),
            )
        except RefExists:
            made = _made_before(repo, actor_user, ref, operations, message_of(summary, description))
            if made is None:
                raise
            return made
        except StaleRef:
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _made_before(
    repo: Repository,
    actor_user: User,
    ref: str,
    operations: Iterable[AddInline | AddBlob],
    message: str,
) -> str | None:
    """The head of a branch, if it is the very commit that this publisher asks for; else None."""
    try:
        head = resolve_revision(repo, ref)
    except RevisionNotFound:
        return None
    commit = commit_of(repo, head.commit)
    text = parse_commit(bytes(commit.data))
    wanted = {operation.path: _oid(operation) for operation in operations}
    there = tree_entries(head.tree, wanted)
    same = all(path in there and there[path].oid == oid for path, oid in wanted.items())
    theirs = text.author.email == signature_of(actor_user, commit.committed_at).email
    alone = all(change.path in wanted for change in changes_of(commit))
    return head.commit if same and theirs and alone and text.message == message.rstrip("\n") else None


def _branched(repo: Repository, actor_user: User, branch: str, start: str) -> str:
    return create_branch(repo=repo, name=branch, start=start, actor_user=actor_user).name


def _check_untouched(
    repo: Repository, seen: str, head: Revision, operations: Iterable[AddInline | AddBlob]
) -> None:
    """Nobody changed these paths since `seen`, unless to what they are to become."""
    before = commit_named(repo, seen)
    if before is None:
        raise InvalidInput(f"The commit is not in this repository: {seen}", "seen")
    wanted = {operation.path: _oid(operation) for operation in operations}
    was, now = tree_entries(before.tree, wanted), tree_entries(head.tree, wanted)
    for path in sorted(wanted):
        old, new = (entry.oid if entry else None for entry in (was.get(path), now.get(path)))
        if new not in (old, wanted[path]):
            raise StaleRef(
                gettext("Somebody else has changed %s meanwhile. Publish again to put yours over it.") % path
            )


def _oid(operation: AddInline | AddBlob) -> str:
    if isinstance(operation, AddInline):
        return operation.content.oid
    return object_id("blob", pointer_bytes(operation.sha256, operation.size or 0))
