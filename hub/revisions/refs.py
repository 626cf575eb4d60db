"""Make and remove branches and tags."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from hub.errors import Forbidden, RefExists, RefReleased, RepoNotFound, RevisionNotFound
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import Ref, Release
from hub.revisions.names import MAIN_REF, branch_ref, tag_ref
from hub.revisions.protection import check_unprotected
from hub.revisions.selectors import resolve_revision


@transaction.atomic
def create_branch(*, repo: Repository, name: str, start: str | None, actor_user: User) -> Ref:
    """A new branch at a revision (default: main); RefExists, RevisionNotFound, InvalidInput."""
    return _create_ref(repo, branch_ref(name), start, actor_user)


@transaction.atomic
def create_tag(*, repo: Repository, name: str, revision: str | None, actor_user: User) -> Ref:
    """A new tag at a revision (default: main); RefExists, RevisionNotFound, InvalidInput."""
    return _create_ref(repo, tag_ref(name), revision, actor_user)


@transaction.atomic
def delete_ref(*, repo: Repository, ref: str, actor_user: User) -> None:
    """Remove a branch or tag; its commits stay.

    Forbidden for the default branch, RefProtected, RefReleased for the tag of a release. The ref's row is
    locked, so that no release is made of it meanwhile.
    """
    if ref == MAIN_REF:
        raise Forbidden(f"Cannot delete {ref}")
    row = Ref.objects.select_for_update().filter(repository=repo, name=ref).first()
    if row is None:
        raise RevisionNotFound(f"Invalid rev id: {ref.split('/', 2)[2]}")
    check_unprotected(repo, ref)
    if Release.objects.filter(tag=row).exists():
        raise RefReleased(gettext("%s has a release. Delete the release before its tag.") % row.short_name)
    row.delete()
    audit.record(Event.REF_DELETED, actor=actor_user, subject=repo.subject, ref=ref, commit=row.commit_id)


def check_free(repo: Repository, ref: str) -> None:
    """RefExists when a ref cannot be made now; making it asks again, under a lock.

    git keeps a ref as a file, so none may have the name of another one's folder.
    """
    folders = [ref[:at] for at, letter in enumerate(ref) if letter == "/"]
    others = Ref.objects.filter(repository=repo)
    other = others.filter(Q(name__in=[ref, *folders]) | Q(name__startswith=f"{ref}/")).first()
    if other is None:
        return
    if other.name == ref:
        raise RefExists(f"Reference {ref} already exists", ref, ref)
    raise RefExists(f"Reference {other.name} exists, so {ref} cannot be made beside it", ref, other.name)


def open_refs(*, repo: Repository, refs: Mapping[str, str]) -> None:
    """Make refs that are neither branches nor tags, each at a commit of the repository by its id."""
    Ref.objects.bulk_create([Ref(repository=repo, name=name, commit_id=oid) for name, oid in refs.items()])


def place_ref(*, repo: Repository, ref: str, commit: str) -> None:
    """Let a ref of `open_refs` stand at another commit."""
    Ref.objects.filter(repository=repo, name=ref).update(commit_id=commit)


def _create_ref(repo: Repository, ref: str, start: str | None, actor_user: User) -> Ref:
    # Locked first: a history that is being rewritten is resolved to what it becomes.
    _lock_and_check(repo, ref)
    revision = resolve_revision(repo, start)
    row = Ref.objects.create(repository=repo, name=ref, commit_id=revision.commit)
    audit.record(Event.REF_CREATED, actor=actor_user, subject=repo.subject, ref=ref, commit=revision.commit)
    return row


def _lock_and_check(repo: Repository, ref: str) -> None:
    """`check_free` under a lock of the repository's row: of two made at once the second sees the first."""
    if Repository.objects.select_for_update(no_key=True).filter(pk=repo.pk).first() is None:
        raise RepoNotFound("Repository not found")
    check_free(repo, ref)
