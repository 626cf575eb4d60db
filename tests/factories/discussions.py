"""Threads and pull requests, made by the same services as in the hub."""

from typing import Any

from accounts.actors import Actor
from accounts.models import User
from contributions.discussions import services
from contributions.discussions.models import Discussion
from contributions.pulls.models import PullRequest
from contributions.pulls.services import open_pull
from hub.repos.models import Repository
from hub.revisions.operations import AddInline, DeleteFile, Operation
from hub.revisions.services import land_commit


def session(user: User) -> Actor:
    """The actor of a user's browser session."""
    return Actor(user, None)


def make_discussion(repository: Repository, user: User, *, text: str = "Why?") -> Discussion:
    """A discussion with its first comment."""
    return services.open_discussion(repository=repository, actor=session(user), title="A question", text=text)


def make_pull(
    repository: Repository,
    user: User,
    files: dict[str, bytes | None] | None = None,
    *,
    operations: list[Operation] | None = None,
    **rest: Any,
) -> PullRequest:
    """A pull request with one commit, which puts files, or removes those that are None."""
    opened: list[PullRequest] = []

    def opening() -> str:
        fields = {"title": "A better card", "text": "", **rest}
        opened.append(open_pull(repository=repository, actor=session(user), **fields))
        return opened[0].head_ref

    land_commit(
        repo=repository,
        actor_user=user,
        operations=operations or changing(files or {"README.md": b"# Better\n"}),
        summary="Change",
        opening=opening,
    )
    return opened[0]


def changing(files: dict[str, bytes | None]) -> list[Operation]:
    """The operations that put files, or remove those that are None."""
    return [DeleteFile(path) if data is None else AddInline(path, data) for path, data in files.items()]


def push(pull: PullRequest, user: User, files: dict[str, bytes | None], summary: str = "More") -> str:
    """One more commit on a pull request."""
    return land_commit(
        repo=pull.discussion.repository,
        actor_user=user,
        operations=changing(files),
        summary=summary,
        ref=pull.head_ref,
    )
