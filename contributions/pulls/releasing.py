"""Releases, which are held against the same checks as merges."""

from django.db import transaction
from django.utils import translation

from accounts import audit
from accounts.actors import Actor
from contributions.pulls.errors import ReleaseBlocked
from contributions.pulls.selectors import reasons_against_release
from hub.access.policy import Action
from hub.access.services import may
from hub.errors import Forbidden, RevisionNotFound
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
    against = reasons_against_release(_released(repository, tag, start))
    if against and not override:
        raise ReleaseBlocked(against)
    if against and not may(actor, repository, Action.ADMIN):
        raise Forbidden("Only admins release against the checks.")
    made = make_release(
        repo=repository, actor_user=actor.user, tag=tag, start=start, title=title, notes=notes
    )
    if against:
        with translation.override("en"):
            # The log speaks one language, whoever writes in it.
            reasons = [str(one) for one in reasons_against_release(_released(repository, tag, start))]
        audit.record(
            Event.RELEASE_FORCED, actor=actor.user, subject=repository.subject, tag=tag, overridden=reasons
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
