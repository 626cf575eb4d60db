"""Releases: tags with words about them."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from accounts import audit
from accounts.models import User
from hub.errors import InvalidInput, ReleaseExists, ReleaseNotFound, RevisionNotFound
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import Ref, Release
from hub.revisions.names import tag_ref
from hub.revisions.refs import create_tag
from hub.revisions.selectors import list_tree, resolve_revision

TITLE_MAX, NOTES_MAX = 200, 100_000


@transaction.atomic
def make_release(
    *, repo: Repository, tag: str, start: str, title: str, notes: str, actor_user: User
) -> Release:
    """Release a tag, which is made at the revision `start` if there is none of that name.

    The tag's row is locked, so that nobody deletes it meanwhile. Raises ReleaseExists, RevisionNotFound and
    InvalidInput.
    """
    _check(title, notes)
    rows = Ref.objects.select_for_update().filter(repository=repo, name=tag_ref(tag))
    row = rows.first()
    if row is None:
        if not start:
            raise RevisionNotFound(f"Invalid rev id: {tag}")
        row = create_tag(repo=repo, name=tag, revision=start, actor_user=actor_user)
    files, size = _measured(repo, row)
    try:
        with transaction.atomic():
            release = Release.objects.create(
                repository=repo, tag=row, title=title, notes=notes, author=actor_user, files=files, size=size
            )
    except IntegrityError as problem:
        raise ReleaseExists(gettext("%s has been released already.") % tag) from problem
    audit.record(
        Event.RELEASE_MADE, actor=actor_user, subject=repo.subject, tag=tag, commit=row.commit_id, title=title
    )
    return release


@transaction.atomic
def change_release(*, release: Release, title: str, notes: str, actor_user: User) -> None:
    """Say something else of a release; its tag stays. InvalidInput; ReleaseNotFound when it is gone."""
    _check(title, notes)
    if not Release.objects.filter(pk=release.pk).update(title=title, notes=notes):
        raise ReleaseNotFound("There is no such release.")
    audit.record(
        Event.RELEASE_CHANGED,
        actor=actor_user,
        subject=release.repository.subject,
        tag=release.tag.short_name,
        title=title,
    )


@transaction.atomic
def delete_release(*, release: Release, actor_user: User) -> None:
    """Take back the words; the tag stays. ReleaseNotFound when it is gone."""
    deleted, _ = Release.objects.filter(pk=release.pk).delete()
    if not deleted:
        raise ReleaseNotFound("There is no such release.")
    audit.record(
        Event.RELEASE_DELETED,
        actor=actor_user,
        subject=release.repository.subject,
        tag=release.tag.short_name,
    )


def measure_release(*, repo: Repository, tag: Ref) -> None:
    """Note what a tag has now that its history was written anew, if it is released."""
    release = Release.objects.filter(tag=tag).first()
    if release is not None:
        release.files, release.size = _measured(repo, tag)
        release.save(update_fields=["files", "size"])


def list_releases(repository: Repository, *, limit: int, before: int | None = None) -> list[Release]:
    """Releases, newest first, each with its tag and author; `before` is the last one's id of a page."""
    found = Release.objects.filter(repository=repository).select_related("tag", "author")
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found.order_by("-pk")[:limit])


def release_of_tag(repository: Repository, tag: str) -> Release:
    """The release of a tag; ReleaseNotFound if there is none."""
    rows = Release.objects.filter(repository=repository, tag__name=f"refs/tags/{tag}")
    found = rows.select_related("tag", "author", "repository__namespace").first()
    if found is None:
        raise ReleaseNotFound("There is no such release.")
    return found


def _check(title: str, notes: str) -> None:
    if not title.isprintable():
        raise InvalidInput(gettext("A title is one line of letters and signs."), "title")
    if not 0 < len(title) <= TITLE_MAX:
        raise InvalidInput(gettext("A title has from 1 to %d characters.") % TITLE_MAX, "title")
    if len(notes) > NOTES_MAX:
        raise InvalidInput(gettext("Notes have at most %d characters.") % NOTES_MAX, "notes")


def _measured(repo: Repository, tag: Ref) -> tuple[int, int]:
    """How many files the tag's commit has, and their bytes in all."""
    entries = list_tree(resolve_revision(repo, tag.name), recursive=True)
    sizes = [entry.size for entry in entries if entry.type == "file"]
    return len(sizes), sum(sizes)
