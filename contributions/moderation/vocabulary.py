"""The words of moderation, and how they weigh."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Reason(TextChoices):
    """Why somebody reports a repository."""

    MALWARE = "malware", _("Malware or a file that harms whoever loads it")
    MISUSE = "misuse", _("Made for abuse, fraud or other misuse")
    LICENCE = "licence", _("Licence or copyright")
    PERSONAL_DATA = "personal_data", _("Personal data")
    SPAM = "spam", _("Spam")
    IMPERSONATION = "impersonation", _("Impersonation")
    OTHER = "other", _("Something else")


class Severity(IntegerChoices):
    """In which order moderators look: the highest first."""

    LOW = 1, _("low")
    MEDIUM = 2, _("medium")
    HIGH = 3, _("high")


class Action(TextChoices):
    """What a moderator decides; each undoes the other."""

    KEEP = "keep", _("Keep withheld")
    RELEASE = "release", pgettext_lazy("decision", "Release")


SEVERITY_OF: dict[str, Severity] = {
    Reason.MALWARE: Severity.HIGH,
    Reason.MISUSE: Severity.MEDIUM,
    Reason.LICENCE: Severity.MEDIUM,
    Reason.PERSONAL_DATA: Severity.HIGH,
    Reason.SPAM: Severity.LOW,
    Reason.IMPERSONATION: Severity.MEDIUM,
    Reason.OTHER: Severity.LOW,
}
