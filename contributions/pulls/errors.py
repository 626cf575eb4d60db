"""What can go wrong with a pull request."""

from collections.abc import Sequence

from contributions.pulls.gates import Reason
from hub.errors import HubError


class MergeBlocked(HubError):
    """The pull request cannot be merged now, for these `reasons`; nothing was changed."""

    def __init__(self, reasons: Sequence[Reason]) -> None:
        super().__init__(" ".join(map(str, reasons)))
        self.reasons = list(reasons)


class NoPullRequest(HubError):
    """The thread is a discussion, and has no commits."""
