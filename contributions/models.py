"""Table of contents: every model of the rooms."""

from contributions.discussions.models import CommentEdit, Discussion, DiscussionEvent, Reaction
from contributions.moderation.models import Case, Decision, Report
from contributions.pulls.models import PullRequest

__all__ = [
    "Case",
    "CommentEdit",
    "Decision",
    "Discussion",
    "DiscussionEvent",
    "PullRequest",
    "Reaction",
    "Report",
]
