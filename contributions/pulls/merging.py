"""Merge pull requests, and bring them up to their branch."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone, translation

from accounts import audit
from accounts.actors import Actor
from contributions.discussions import policy
from contributions.discussions import services as discussions
from contributions.discussions.policy import Act
from contributions.discussions.vocabulary import Status
from contributions.pulls.errors import MergeBlocked
from contributions.pulls.models import PullRequest
from contributions.pulls.selectors import conflicts_of, reasons_for
from contributions.pulls.sides import sides_of
from hub.errors import InvalidInput, StaleRef
from hub.events import Event
from hub.revisions.merging import land_merge
from hub.revisions.refs import place_ref
from hub.scanning.policy import check_given
from storage.git.merging import OURS, THEIRS


@transaction.atomic
def merge(
    *,
    pull: PullRequest,
    actor: Actor,
    text: str = "",
    squash: bool = False,
    seen: str | None = None,
    override: bool = False,
) -> str:
    """Bring a pull request's changes to its branch as one commit, and return the commit's id.

    The thread's row is locked, so that of two merges one is the first, and the branch's ref is compared and
    swapped: a head that moves meanwhile is StaleRef. `seen` is the pull request's head that was looked at, by
    default the present one. What its gates say is MergeBlocked; `override` merges against those that somebody
    with the role admin may pass, which is recorded with the reasons.
    """
    held = discussions.locked(pull.discussion)
    policy.check(actor, held, Act.MERGE)
    pull.discussion = held
    sides = sides_of(pull)
    if seen is not None and seen != sides.head.commit:
        raise StaleRef("There are new commits in this pull request since you looked. Read them first.")
    against = reasons_for(pull, sides)
    if override and against:
        policy.check(actor, held, Act.OVERRIDE)
    if any(reason.hard or not override for reason in against) or sides.target is None:
        raise MergeBlocked(against)
    with translation.override("en"):
        # The log speaks one language, whoever writes in it.
        written_down = [str(reason) for reason in reasons_for(pull, sides)] if against else []
    if text.strip():
        discussions.comment(discussion=held, actor=actor, text=text)
    commit = land_merge(
        repo=held.repository,
        actor_user=actor.user,
        ref=pull.target,
        seen=sides.target.commit,
        base=sides.base,
        theirs=sides.head,
        summary=f"{held.title} (#{held.number})" if squash else f"Merge #{held.number}: {held.title}",
        description=_coauthor(pull, actor),
        squash=squash,
    )
    pull.merge_commit, pull.merged_by, pull.merged_at = commit, actor.user, timezone.now()
    pull.overridden = written_down
    pull.save(update_fields=["merge_commit", "merged_by", "merged_at", "overridden"])
    discussions.set_status(held, actor.user, Status.MERGED)
    audit.record(
        Event.PULL_MERGED,
        actor=actor.user,
        subject=held.repository.subject,
        discussion=held.pk,
        number=held.number,
        commit=commit,
        head=sides.head.commit,
        target=pull.target,
        squash=squash,
        overridden=pull.overridden,
    )
    return commit


@transaction.atomic
def update(
    *,
    pull: PullRequest,
    actor: Actor,
    settled: Mapping[str, str] | None = None,
    others: str = "",
    seen: tuple[str, str] | None = None,
) -> str:
    """Take over what its branch has meanwhile, as a commit on the pull request's ref; returns its id.

    `settled` says for paths that both changed whose version counts, "ours" (the pull request's) or "theirs"
    (the branch's), and `others` says it for all paths that are not named; without it any other such path is
    Conflicting. `seen` are the heads of the pull request and of the branch that were looked at: when one has
    moved since, it is StaleRef, and `others` needs it, so that nobody decides about what they have not seen.
    The thread's row is locked, the ref compared and swapped. InvalidInput when there is nothing to take over.
    """
    chosen = dict(settled or {})
    if {*chosen.values(), others or OURS} - {OURS, THEIRS}:
        raise InvalidInput(f"Say {OURS} or {THEIRS} for each path.", "settled")
    if others and seen is None:
        raise InvalidInput("Say which commits you looked at.", "seen")
    held = discussions.locked(pull.discussion)
    policy.check(actor, held, Act.PUSH)
    pull.discussion = held
    if not held.under_way:
        raise InvalidInput(f"This pull request is {held.status}.", "status")
    sides = sides_of(pull)
    if sides.target is None or sides.target.commit == sides.base.commit:
        raise InvalidInput("There is nothing to take over.", "status")
    check_given(actor, sides.target)
    if seen is not None and seen != (sides.head.commit, sides.target.commit):
        raise StaleRef("There are new commits since you looked. Read them first.")
    every = dict.fromkeys(conflicts_of(pull, sides), others) if others else {}
    commit = land_merge(
        repo=held.repository,
        actor_user=actor.user,
        ref=pull.head_ref,
        seen=sides.head.commit,
        base=sides.base,
        theirs=sides.target,
        summary=f"Take over {pull.target.removeprefix('refs/heads/')}",
        settled=every | chosen,
    )
    place_ref(repo=held.repository, ref=pull.base_ref, commit=sides.target.commit)
    discussions.touch(held)
    audit.record(
        Event.PULL_UPDATED,
        actor=actor.user,
        subject=held.repository.subject,
        discussion=held.pk,
        number=held.number,
        commit=commit,
        settled=chosen,
        others=others,
    )
    return commit


def _coauthor(pull: PullRequest, actor: Actor) -> str:
    """Who made the changes, in the form that git tools read, unless it is who merges."""
    author = pull.discussion.author
    if author is None or author == actor.user:
        return ""
    return f"Co-authored-by: {author.get_full_name()} <{author.username}@users.noreply.invalid>"
