"""Table of contents: every model of the rooms."""

from contributions.activity.models import Act
from contributions.attachments.models import Attachment
from contributions.discussions.models import CommentEdit, Discussion, DiscussionEvent, Reaction
from contributions.moderation.models import (
    Appeal,
    AppealFile,
    AutoRule,
    Call,
    Case,
    Decision,
    Flag,
    Message,
    Policy,
    SavedView,
)
from contributions.notifications.models import Notification, Preference, Told, Watch
from contributions.pulls.models import PullRequest

__all__ = [
    "Act",
    "Appeal",
    "AppealFile",
    "Attachment",
    "AutoRule",
    "Call",
    "Case",
    "CommentEdit",
    "Decision",
    "Discussion",
    "DiscussionEvent",
    "Flag",
    "Message",
    "Notification",
    "Policy",
    "Preference",
    "PullRequest",
    "Reaction",
    "SavedView",
    "Told",
    "Watch",
]
