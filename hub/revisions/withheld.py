"""Commits whose files a moderator's decision withholds: why is known above, here only that."""

from django.db import transaction

from accounts import audit
from accounts.models import User
from hub.events import Event
from hub.repos import services as repos
from hub.repos.models import Repository
from hub.revisions.cards import card_of
from hub.revisions.models import Ref, WithheldRevision
from hub.revisions.names import MAIN_REF
from hub.revisions.selectors import resolve_revision


@transaction.atomic
def withhold_revision(*, repository: Repository, oid: str, actor_user: User | None) -> bool:
    """Give the files of a commit to nobody but writers and moderators; False when that is so already.

    Whatever names the commit, also once it is created: a branch, a tag, a pull request. The row is unique,
    so that of two at once one changes something. The repository's row is locked: of one that was deleted
    meanwhile there is nothing to withhold, and who deletes it waits.
    """
    there = Repository.objects.select_for_update(no_key=True).filter(pk=repository.pk)
    if there.values_list("pk").first() is None:
        return False
    _, new = WithheldRevision.objects.get_or_create(repository=repository, oid=oid)
    if new:
        _tell(Event.REVISION_WITHHELD, repository, oid, actor_user)
    return new


@transaction.atomic
def serve_revision(*, repository: Repository, oid: str, actor_user: User | None) -> bool:
    """Serve a withheld commit's files again; False when they were not withheld."""
    gone, _ = WithheldRevision.objects.filter(repository=repository, oid=oid).delete()
    if gone:
        _tell(Event.REVISION_SERVED, repository, oid, actor_user)
    return bool(gone)


def _tell(what: Event, repository: Repository, oid: str, user: User | None) -> None:
    """Note it, and have lists and the search say of the card what may be shown of it now."""
    # A commit that lands meanwhile waits here, and its card comes last.
    main = Ref.objects.select_for_update().filter(repository=repository, name=MAIN_REF).first()
    if main is not None and main.commit_id == oid:
        repos.apply_card(repository=repository, card=card_of(resolve_revision(repository, MAIN_REF)))
    audit.record(what, actor=user, subject=repository.subject, commit=oid)
