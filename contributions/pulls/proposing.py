"""Pull requests that are opened together with their first commit."""

from collections.abc import Iterable

from accounts.actors import Actor
from contributions.discussions.models import Discussion
from contributions.discussions.rules import fitting_title
from contributions.discussions.vocabulary import UNDER_WAY
from contributions.pulls.models import PullRequest
from contributions.pulls.services import open_pull
from hub.repos.models import Repository
from hub.revisions.models import Ref
from hub.revisions.names import MAIN_REF
from hub.revisions.operations import Operation
from hub.revisions.services import land_commit
from storage.git.objects import parse_commit
from storage.models import Commit

# Of one person so many of their latest pull requests are looked at.
LATEST = 20


class _ThereAlready(Exception):  # noqa: N818
    """The same pull request is open; what was made for another one is undone."""

    def __init__(self, pull: PullRequest, commit: str) -> None:
        super().__init__()
        self.pull, self.commit = pull, commit


def propose(
    *,
    repository: Repository,
    actor: Actor,
    operations: Iterable[Operation],
    summary: str,
    description: str = "",
    target: str = MAIN_REF,
    start: str | None = None,
) -> tuple[PullRequest, str]:
    """Open a pull request with one commit, and return both; without the commit there is none.

    Asked again, it answers with the pull request that is there: by the same author, to the same branch, from
    the same commit, with the same files and words, still open and without further commits. So whoever lost
    the answer, a client that tries again or a browser that went offline, finds what was made, and the id of
    the commit is that of this pull request in either case. Nobody needs two that are alike: what differs in
    anything, or begins at a head that moved, is another one, and so is what follows one that was closed. The
    repository's row is locked for the number, so that of two that come at once the second finds the first.
    Raises as `open_pull` and `land_commit` do.
    """
    opened: list[PullRequest] = []

    def opening() -> str:
        opened.append(
            open_pull(
                repository=repository,
                actor=actor,
                title=fitting_title(summary),
                text=description,
                target=target,
                start=start,
            )
        )
        return opened[0].head_ref

    def landing(commit: Commit) -> None:
        _refuse_a_second(opened[0], commit)

    try:
        oid = land_commit(
            repo=repository,
            actor_user=actor.user,
            operations=operations,
            summary=summary,
            description=description,
            opening=opening,
            landing=landing,
            must_change=True,
        )
    except _ThereAlready as found:
        return found.pull, found.commit
    return opened[0], oid


def _refuse_a_second(pull: PullRequest, commit: Commit) -> None:
    """Raise _ThereAlready when the author has the same one open; two queries."""
    made = pull.discussion
    others = Discussion.objects.select_related("pull").filter(
        repository=made.repository,
        is_pull=True,
        status__in=UNDER_WAY,
        author=made.author,
        number__lt=made.number,
        pull__target=pull.target,
    )
    found = {other.git_reference: other for other in others.order_by("-number")[:LATEST]}
    heads = Ref.objects.filter(repository=made.repository, name__in=found).select_related("commit")
    for head in heads:
        if _alike(head.commit, commit):
            discussion = found[head.name]
            discussion.repository = made.repository
            discussion.pull.discussion = discussion
            raise _ThereAlready(discussion.pull, head.commit_id)


def _alike(one: Commit, other: Commit) -> bool:
    """Whether two commits are the same but for their time."""
    if (one.tree, one.parents) != (other.tree, other.parents):
        return False
    first, second = (parse_commit(bytes(commit.data)) for commit in (one, other))
    return (first.message, first.author.email) == (second.message, second.author.email)
