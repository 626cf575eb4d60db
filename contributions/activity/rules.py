"""Which audit events are activity, and of which kind (pure)."""

from collections.abc import Mapping
from typing import Any

from contributions.activity.vocabulary import Kind
from contributions.discussions.vocabulary import Status
from hub.events import Event

BRANCHES = "refs/heads/"
TOLD = (
    *(Event.REPOSITORY_CREATED, Event.REPOSITORY_DUPLICATED, Event.COMMIT_LANDED, Event.RELEASE_MADE),
    *(Event.DISCUSSION_OPENED, Event.DISCUSSION_STATUS, Event.PULL_MERGED),
)
OF_THREADS = {
    Event.DISCUSSION_OPENED: (Kind.OPENED, Kind.OPENED_PULL),
    Status.CLOSED: (Kind.CLOSED, Kind.CLOSED_PULL),
    Status.OPEN: (Kind.REOPENED, Kind.REOPENED_PULL),
}


def kind_of(event: str, data: Mapping[str, Any], *, is_pull: bool) -> Kind | None:
    """What an event tells of; None for what is none of it.

    The commit that a repository begins with says no more than that it was made, commits on pull requests are
    no part of the repository yet, and a pull request that is no draft any more was opened before.
    """
    match event:
        case Event.REPOSITORY_CREATED | Event.REPOSITORY_DUPLICATED:
            return Kind.MADE
        case Event.RELEASE_MADE:
            return Kind.RELEASED
        case Event.PULL_MERGED:
            return Kind.MERGED
        case Event.COMMIT_LANDED:
            return Kind.COMMITTED if data["former"] and data["ref"].startswith(BRANCHES) else None
        case Event.DISCUSSION_OPENED:
            return OF_THREADS[Event.DISCUSSION_OPENED][is_pull]
        case Event.DISCUSSION_STATUS if data["status"] == Status.CLOSED or data["former"] == Status.CLOSED:
            words = OF_THREADS.get(data["status"])
            return words[is_pull] if words else None
    return None
