"""Releases, which are held against the same checks as merges."""

from django.db import transaction

from accounts import audit
from accounts.actors import Actor
from contributions.pulls.errors import ReleaseBlocked
from contributions.pulls.selectors import reasons_against_release
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import Forbidden, RevisionNotFound, StaleRef
from hub.events import Event
from hub.repos.models import Repository
from hub.revisions.models import Release
from hub.revisions.names import tag_ref
from hub.revisions.releases import make_release
from hub.revisions.selectors import Revision, resolve_revision


@transaction.atomic
def release(
    *,
    repository: Repository,
    actor: Actor,
    tag: str,
    start: str,
    title: str,
    notes: str,
    override: bool = False,
) -> Release:
    """Release a tag, or a revision under a new one, once its files are checked; raises as `make_release`.

    What stands against it is ReleaseBlocked. With `override` somebody with the role admin releases it all the
    same, which is recorded with the reasons.
    """
    revision = _released(repository, tag, start)
    against = reasons_against_release(revision)
    if against and not override:
        raise ReleaseBlocked(against)
    if against and not may(actor, repository, Action.ADMIN):
        raise Forbidden("Only admins release against the checks.")
    # The very commit that was looked at, wherever the branch stands by now.
    made = make_release(
        repo=repository, actor_user=actor.user, tag=tag, start=revision.commit, title=title, notes=notes
    )
    if made.tag.commit_id != revision.commit:
        raise StaleRef("The tag has moved since it was looked at. Try again.")
    if against:
        rules = [reason.rule for reason in against]
        audit.record(
            Event.RELEASE_FORCED, actor=actor.user, subject=repository.subject, tag=tag, overridden=rules
        )
    return made


def _released(repository: Repository, tag: str, start: str) -> Revision:
    """The commit that would be released: that of the tag, or else the one that the tag is made at."""
    try:
        return resolve_revision(repository, tag_ref(tag))
    except RevisionNotFound:
        if not start:
            raise
        return resolve_revision(repository, start)
