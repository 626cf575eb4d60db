"""What can go wrong with a pull request."""

from collections.abc import Sequence

from contributions.pulls.gates import Reason
from hub.errors import HubError


class Blocked(HubError):
    """Checks stand against it, for these `reasons`; nothing was changed."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(" ".join(map(str, reasons)))
        self.reasons = list(reasons)


class MergeBlocked(Blocked):
    """The pull request cannot be merged now."""


class ReleaseBlocked(Blocked):
    """The commit cannot be released now."""


class NoPullRequest(HubError):
    """The thread is a discussion, and has no commits."""
