"""The words of discussions and pull requests, as the client spells them (huggingface_hub/community.py)."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Status(TextChoices):
    """Where a thread stands; only a pull request can be a draft or merged."""

    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    CLOSED = "closed", _("Closed")
    MERGED = "merged", _("Merged")


# What lists call open and closed.
UNDER_WAY = (Status.OPEN, Status.DRAFT)
ENDED = (Status.CLOSED, Status.MERGED)


class Kind(TextChoices):
    """What happened in a thread."""

    COMMENT = "comment", _("Comment")
    STATUS = "status-change", _("Status")
    TITLE = "title-change", _("Title")
    REVIEW = "review", _("Review")
    LOCK = "locking-change", _("Lock")
    PIN = "pinning-change", _("Pin")


class Verdict(TextChoices):
    """What a reviewer says of a pull request's commit."""

    APPROVE = "approve", _("Approved")
    CHANGES = "request-changes", _("Changes requested")


class Emoji(TextChoices):
    """How somebody reacts to a comment."""

    UP = "👍", _("Thumbs up")
    DOWN = "👎", _("Thumbs down")
    HEART = "❤️", _("Heart")
    PARTY = "🎉", _("Celebration")
    EYES = "👀", _("Looking into it")
    THANKS = "🙏", _("Thanks")
