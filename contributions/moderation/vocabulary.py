"""The words of moderation, and how they weigh."""

from django.db.models import IntegerChoices, TextChoices


class Reason(TextChoices):
    """Why somebody reports a repository."""

    MALWARE = "malware", "Malware or a file that harms whoever loads it"
    MISUSE = "misuse", "Made for abuse, fraud or other misuse"
    LICENCE = "licence", "Licence or copyright"
    PERSONAL_DATA = "personal_data", "Personal data"
    SPAM = "spam", "Spam"
    IMPERSONATION = "impersonation", "Impersonation"
    OTHER = "other", "Something else"


class Severity(IntegerChoices):
    """In which order moderators look: the highest first."""

    LOW = 1, "low"
    MEDIUM = 2, "medium"
    HIGH = 3, "high"


class Action(TextChoices):
    """What a moderator decides; each undoes the other."""

    KEEP = "keep", "Keep withheld"
    RELEASE = "release", "Release"


SEVERITY_OF: dict[str, Severity] = {
    Reason.MALWARE: Severity.HIGH,
    Reason.MISUSE: Severity.MEDIUM,
    Reason.LICENCE: Severity.MEDIUM,
    Reason.PERSONAL_DATA: Severity.HIGH,
    Reason.SPAM: Severity.LOW,
    Reason.IMPERSONATION: Severity.MEDIUM,
    Reason.OTHER: Severity.LOW,
}
