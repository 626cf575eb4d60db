"""The words of activity."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Kind(TextChoices):
    """What somebody did."""

    MADE = "made", _("made this repository")
    COMMITTED = "committed", _("committed")
    RELEASED = "released", _("released")
    OPENED = "opened", _("opened a discussion")
    OPENED_PULL = "opened-pull", _("opened a pull request")
    CLOSED = "closed", _("closed a discussion")
    CLOSED_PULL = "closed-pull", _("closed a pull request")
    REOPENED = "reopened", _("opened a discussion again")
    REOPENED_PULL = "reopened-pull", _("opened a pull request again")
    MERGED = "merged", _("merged a pull request")
