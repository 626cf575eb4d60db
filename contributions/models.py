"""Table of contents: every model of the rooms."""

from contributions.activity.models import Act
from contributions.attachments.models import Attachment
from contributions.discussions.models import CommentEdit, Discussion, DiscussionEvent, Reaction
from contributions.moderation.models import Case, Decision, Report
from contributions.notifications.models import Notification, Preference, Told, Watch
from contributions.pulls.models import PullRequest

__all__ = [
    "Act",
    "Attachment",
    "Case",
    "CommentEdit",
    "Decision",
    "Discussion",
    "DiscussionEvent",
    "Notification",
    "Preference",
    "PullRequest",
    "Reaction",
    "Report",
    "Told",
    "Watch",
]
