"""Commits that somebody makes from what a page showed: only if it is still so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User
from hub.errors import EntryNotFound, FileChanged, InvalidInput, StaleRef
from hub.repos.models import Repository
from hub.revisions.names import branch_ref
from hub.revisions.operations import AddBlob, AddInline, DeleteFile, Operation
from hub.revisions.refs import create_branch
from hub.revisions.selectors import Entry, Revision, resolve_revision, tree_entries
from hub.revisions.services import land_commit
from storage import readers
from storage.selectors import blob_by_sha256

# Others may land commits on the branch all the time; those that touch other files do not matter.
ATTEMPTS = 10


@dataclass(frozen=True, slots=True)
class Onto:
    """Where a commit goes: a branch by its name, which is made at a commit first if `start` names one."""

    branch: str
    start: str = ""


def land_edit(
    *,
    repo: Repository,
    actor_user: User,
    onto: Onto,
    seen: Mapping[str, str],
    operations: Iterable[Operation],
    summary: str,
    description: str = "",
) -> str:
    """Put a commit on a branch if its author saw the files as they are; returns its object id.

    `seen` has the object id of the file at each path, "" where there was none. Commits that landed meanwhile
    and left these files alone are built upon. Raises FileChanged, and what `create_branch` and `land_commit`
    raise; then nothing is stored, a new branch neither.
    """
    operations = list(operations)
    for _ in range(ATTEMPTS):
        try:
            return _land(repo, actor_user, onto, seen, operations, summary, description)
        except FileChanged:
            raise
        except StaleRef as problem:
            moved = problem
    raise moved


@transaction.atomic
def _land(
    repo: Repository,
    actor_user: User,
    onto: Onto,
    seen: Mapping[str, str],
    operations: list[Operation],
    summary: str,
    description: str,
) -> str:
    ref = branch_ref(onto.branch)
    if onto.start:
        create_branch(repo=repo, name=onto.branch, start=onto.start, actor_user=actor_user)
    found = resolve_revision(repo, ref)
    check_seen(found, seen)
    return land_commit(
        repo=repo,
        actor_user=actor_user,
        operations=operations,
        summary=summary,
        description=description,
        ref=ref,
        base=found.commit,
    )


def check_seen(found: Revision, seen: Mapping[str, str]) -> None:
    """Raise FileChanged when a file is not what its author saw (`land_edit`)."""
    there = tree_entries(found.tree, seen)
    for path, oid in seen.items():
        if (there[path].oid if path in there else "") != oid:
            raise FileChanged(gettext("%s was changed by somebody else meanwhile.") % path, path)


def moving(entry: Entry, path: str) -> list[Operation]:
    """What a commit does to give a file another path; its bytes stay where they are, its mode too."""
    if entry.path == path:
        raise InvalidInput(gettext("The file has this path already."), "path")
    if entry.pointer:
        return [DeleteFile(entry.path), AddBlob(path, entry.sha256 or "", entry.size, entry.executable)]
    blob = blob_by_sha256(entry.sha256 or "")
    if blob is None:
        raise EntryNotFound(f"Entry not found: {entry.path}")
    with readers.open_blob(blob) as reader:
        return [DeleteFile(entry.path), AddInline(path, reader.read(entry.size), entry.executable)]
