"""Table of contents: the policies, what was said, the case it makes, what was decided and contested.

Of what is told by mail `notified_at` is when that was done, and `telling_until` until when a worker has it.
"""

from contributions.moderation.models.cases import Case, Flag
from contributions.moderation.models.decisions import Appeal, AppealFile, Decision
from contributions.moderation.models.desk import Call, Message, SavedView
from contributions.moderation.models.policies import AutoRule, Policy

__all__ = [
    "Appeal",
    "AppealFile",
    "AutoRule",
    "Call",
    "Case",
    "Decision",
    "Flag",
    "Message",
    "Policy",
    "SavedView",
]
