"""Writes to a repository's history: every change is a commit, every ref moves by compare-and-swap."""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import Namespace, User
from hub.errors import EntryNotFound, InvalidInput, RevisionNotFound, StaleRef
from hub.events import Event
from hub.repos import services as repos
from hub.repos.cards import Card
from hub.repos.models import Repository
from hub.revisions.attributes import INITIAL_ATTRIBUTES
from hub.revisions.cards import CARD, card_of
from hub.revisions.changes import note_changes
from hub.revisions.leaks import check_holds_no_token
from hub.revisions.models import Ref, RepositoryBlob, RepositoryCommit
from hub.revisions.names import MAIN_REF, NOREPLY
from hub.revisions.operations import AddInline, Changes, Operation, sort_out
from hub.revisions.possession import check_possession
from hub.revisions.protection import check_unprotected
from hub.revisions.room import check_within, proposer_of, take_over
from hub.revisions.selectors import commit_named, resolve_revision
from hub.revisions.settling import settle_uploads
from hub.revisions.withheld import withhold_as_before
from hub.revisions.withheld_files import note_landed
from storage import services as storage
from storage.errors import PathConflict, PathInvalid, PathMissing
from storage.git.edits import Edited, edit_tree
from storage.git.objects import Signature
from storage.models import Commit
from storage.selectors import load_trees

STALE = "The branch was updated since you opened this page. Please refresh and try again."
MAX_TITLE, MAX_MESSAGE = 1000, 100_000


@transaction.atomic
def create_repository(
    *, namespace: Namespace, name: str, kind: str, visibility: str | None, actor_user: User, card: str = ""
) -> Repository:
    """Make a repository with its first commit, which holds `.gitattributes` and the card if there is one.

    Without a visibility it has the one that its namespace gives to new repositories.
    Raises InvalidInput and RepositoryExists.
    """
    repository = repos.add_repository(
        namespace=namespace,
        name=name,
        kind=kind,
        visibility=visibility or namespace.default_visibility,
        actor_user=actor_user,
    )
    withhold_as_before(repository=repository)
    land_commit(
        repo=repository,
        actor_user=actor_user,
        operations=[
            AddInline(".gitattributes", INITIAL_ATTRIBUTES.encode()),
            *([AddInline(CARD, card.encode())] if card else []),
        ],
        summary="initial commit",
    )
    return repository


def land_commit(
    *,
    repo: Repository,
    actor_user: User,
    operations: Iterable[Operation],
    summary: str,
    description: str = "",
    ref: str = MAIN_REF,
    parent: str | None = None,
    base: str | None = None,
    opening: Callable[[], str] | None = None,
    landing: Callable[[Commit], None] | None = None,
    must_change: bool = False,
) -> str:
    """Put one commit on a ref, whole or not at all, and return its object id.

    `parent` is the commit the caller believes to be the head; `base` is the head that was read when the
    request began. Either one no longer being the head is StaleRef: the ref's row is compared and swapped in
    one UPDATE, so of two pushes at once one wins. Nothing to change means no commit: the head is returned, or
    with `must_change` it is InvalidInput. `opening` makes the ref and returns its name, in the same
    transaction: if the commit fails there is none. `landing` is called with a commit that was made: what it
    raises undoes all of it.
    Uploads that the commit names are settled first, small ones verified, and stay settled if it fails.
    Raises InvalidInput, EntryNotFound, BlobMissing, BlobRefused, StaleRef, RefExists, RefProtected and
    StorageFull.
    """
    changes = _sorted_out(operations)
    check_holds_no_token(changes.inline)
    paths = {blob.sha256: path for path, blob in changes.blobs.items()}
    settle_uploads(repository=repo, paths=paths, user=actor_user)
    message = message_of(summary, description)
    with transaction.atomic():
        if opening is not None:
            ref = opening()
        commit, changed = _land(repo, actor_user, changes, ref, message, parent or base)
        if must_change and not changed:
            raise InvalidInput("Nothing would change: the files are there already as they are.", "operations")
        if changed and landing is not None:
            landing(commit)
    return commit.oid


def _land(
    repo: Repository, actor_user: User, changes: Changes, ref: str, message: str, expected: str | None
) -> tuple[Commit, bool]:
    """The commit that is the ref's head now, and whether it is a new one."""
    row = Ref.objects.filter(repository=repo, name=ref).select_related("commit").first()
    if row is None and (ref != MAIN_REF or repo.head):
        raise RevisionNotFound(f"Invalid rev id: {ref}")
    head = row.commit if row else None
    if head is not None:
        check_unprotected(repo, ref)
    _check_base(repo, head, expected)
    check_possession(repo, changes)
    edited = _edited(head, _stored(changes), changes)
    if head and edited.root == head.tree:
        return head, False
    commit = write_commit(actor_user, edited, [head.oid] if head else [], message)
    move_ref(repo, ref, row, commit)
    _link(repo, actor_user, changes, commit.oid)
    note_changes(repo, [commit])
    if ref == MAIN_REF:
        repos.apply_head(repository=repo, head=commit.oid, card=_card(repo, changes))
    count = len(changes.inline) + len(changes.blobs) + len(changes.removes)
    former = head.oid if head else ""
    tell_landed(repo, actor_user, ref, commit.oid, message, former=former, count=count)
    return commit, True


def write_commit(actor_user: User, edited: Edited, parents: list[str], message: str) -> Commit:
    """Keep a commit of new trees, signed by the user now; it is on no ref yet."""
    storage.store_trees(edited.trees)
    now = timezone.now()
    author = signature_of(actor_user, now)
    return storage.store_commit(tree=edited.root, parents=parents, author=author, message=message, at=now)


def tell_landed(
    repo: Repository, actor_user: User, ref: str, commit: str, message: str, *, former: str, count: int = 0
) -> None:
    """Record that a ref has a new head, which is checked then, and its former one, "" if there was none.

    `count` is how many paths the commit named.
    """
    audit.record(
        Event.COMMIT_LANDED,
        actor=actor_user,
        subject=repo.subject,
        commit=commit,
        former=former,
        ref=ref,
        summary=message.partition("\n")[0][:200],
        count=count,
    )


def _check_base(repo: Repository, head: Commit | None, expected: str | None) -> None:
    """The caller's idea of the head must be the head."""
    if expected is None or (head is not None and head.oid == expected):
        return
    known = commit_named(repo, expected)
    if known is None:
        raise InvalidInput(f"The parent commit is not in this repository: {expected}", "parentCommit")
    if head is None or known.oid != head.oid:
        raise StaleRef(STALE)


def _sorted_out(operations: Iterable[Operation]) -> Changes:
    try:
        changes = sort_out(operations)
    except PathInvalid as problem:
        raise InvalidInput(str(problem), "path") from problem
    for path, content in changes.inline.items():
        if content.size > settings.INLINE_LIMIT:
            raise InvalidInput(
                f"{path} has {content.size} bytes; a file over {settings.INLINE_LIMIT} bytes is uploaded "
                "through LFS, not inside a commit.",
                "content",
            )
    return changes


def _stored(changes: Changes) -> list[tuple[str, str]]:
    """Keep the new contents; returns (path, git object id)."""
    storage.store_inline(changes.inline.values())
    oids = storage.store_pointers({blob.sha256: blob.size or 0 for blob in changes.blobs.values()})
    return [(path, content.oid) for path, content in changes.inline.items()] + [
        (path, oids[blob.sha256]) for path, blob in changes.blobs.items()
    ]


def _edited(head: Commit | None, puts: list[tuple[str, str]], changes: Changes) -> Edited:
    try:
        return edit_tree(
            head.tree if head else None,
            puts=puts,
            removes=changes.removes,
            load=load_trees,
            executable=changes.executable,
        )
    except PathMissing as problem:
        raise EntryNotFound(
            f"A file with this name doesn't exist: {problem}", head.oid if head else ""
        ) from problem
    except PathConflict as problem:
        raise InvalidInput(str(problem), "path") from problem


def move_ref(repo: Repository, ref: str, row: Ref | None, commit: Commit) -> None:
    """Compare and swap: the UPDATE names the commit that was read."""
    RepositoryCommit.objects.bulk_create(
        [RepositoryCommit(repository=repo, commit_id=commit.oid)], ignore_conflicts=True
    )
    if row is None:
        Ref.objects.create(repository=repo, name=ref, commit_id=commit.oid)
    elif not Ref.objects.filter(pk=row.pk, commit_id=row.commit_id).update(commit_id=commit.oid):
        raise StaleRef(STALE)
    note_landed(repository=repo, commit=commit)


def _link(repo: Repository, actor_user: User, changes: Changes, commit: str) -> None:
    """Note which blobs the repository now holds; those that came by upload were noted before.

    StorageFull when they are more than there is room for. What somebody commits who may write is no proposal
    any more.
    """
    proposer = proposer_of(repo, actor_user)
    held = {content.sha256: (path, content.size) for path, content in changes.inline.items()}
    RepositoryBlob.objects.bulk_create(
        [
            RepositoryBlob(
                repository=repo,
                sha256=sha256,
                size=size,
                path=path,
                commit=commit,
                proposer=proposer,
                brought_by=actor_user,
            )
            for sha256, (path, size) in sorted(held.items())
        ],
        batch_size=storage.BATCH,
        ignore_conflicts=True,
    )
    paths = {blob.sha256: path for path, blob in changes.blobs.items()}
    if proposer is None:
        take_over(repo, held.keys() | paths.keys())
    if held or paths:
        check_within(proposer.namespace if proposer else repo.namespace)
    RepositoryBlob.objects.filter(repository=repo, sha256__in=paths, large=False).update(large=True)
    new = list(RepositoryBlob.objects.filter(repository=repo, sha256__in=paths, commit="").order_by("sha256"))
    for row in new:
        row.commit, row.path = commit, paths[row.sha256]
    RepositoryBlob.objects.bulk_update(new, ["commit", "path"], batch_size=storage.BATCH)


def _card(repo: Repository, changes: Changes) -> Card | None:
    """The card's new content as far as it may be shown, if this commit changes it.

    A card that is a large object is read as the repository's own: while its bytes are being checked, somebody
    else's of the declared sha256 say nothing.
    """
    named = any(path == CARD for path, _ in changes.removes)
    if named or CARD in changes.inline or CARD in changes.blobs:
        return card_of(resolve_revision(repo, MAIN_REF))
    return None


def signature_of(user: User, at: datetime) -> Signature:
    """How a user's commits are signed."""
    return Signature(user.get_full_name(), f"{user.username}{NOREPLY}", at)


def message_of(summary: str, description: str) -> str:
    """The commit's message, of what a commit and the log can both keep: no NUL, no half surrogates."""
    title = " ".join(_storable(summary).split())[:MAX_TITLE] or "Change files"
    text = _storable(description).strip()[:MAX_MESSAGE]
    return f"{title}\n\n{text}" if text else title


def _storable(text: str) -> str:
    return text.replace("\0", "").encode("utf-8", "replace").decode()
