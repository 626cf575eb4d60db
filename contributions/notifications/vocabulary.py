"""The words of being kept informed."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Level(TextChoices):
    """How much somebody wants to know of a repository, of all of a namespace, or of one thread."""

    ALL = "all", _("Everything")
    PARTICIPATING = "participating", _("Only what concerns me")
    IGNORED = "ignored", _("Nothing")


class Reason(TextChoices):
    """Why somebody is told, which is also the kind that they set how to be told of; the strongest first."""

    MENTION = "mention", _("Somebody mentions me")
    REVIEW = "review", _("Somebody reviews my pull request")
    MERGED = "merged", _("Somebody merges my pull request")
    PARTICIPATING = "participating", _("Something happens where I take part")
    OWN = "own", _("Somebody opens a discussion or pull request where I may write")
    WATCHING = "watching", _("Something happens in what I watch")
    RELEASE = "release", _("Something that I watch is released")


class Pace(TextChoices):
    """When a mail is sent."""

    IMMEDIATELY = "immediately", _("At once")
    DAILY = "daily", _("Once a day")
    NEVER = "never", _("Never")


class Happened(TextChoices):
    """What happened last."""

    OPENED = "opened", _("opened it")
    COMMENTED = "commented", _("commented")
    CLOSED = "closed", _("closed it")
    REOPENED = "reopened", _("opened it again")
    DRAFT = "draft", _("made it a draft")
    APPROVED = "approved", _("approved it")
    CHANGES = "changes", _("asked for changes")
    MERGED = "merged", _("merged it")
    COMMITS = "commits", _("added commits")
    RELEASED = "released", _("released it")


STRONGEST = {reason: place for place, reason in enumerate(Reason.values)}
# How somebody is told who set nothing: on the web of everything, and by mail as this says.
MAILED = {
    Reason.MENTION: Pace.IMMEDIATELY,
    Reason.REVIEW: Pace.IMMEDIATELY,
    Reason.MERGED: Pace.IMMEDIATELY,
    Reason.PARTICIPATING: Pace.IMMEDIATELY,
    Reason.OWN: Pace.IMMEDIATELY,
    Reason.WATCHING: Pace.DAILY,
    Reason.RELEASE: Pace.DAILY,
}
