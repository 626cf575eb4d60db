"""The words of moderation, and how they weigh."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class SubjectKind(TextChoices):
    """What a case can be about."""

    BLOB = "blob", _("File")
    REPOSITORY = "repository", _("Repository")
    REVISION = "revision", _("Revision")
    COMMENT = "comment", _("Comment")
    USER = "user", _("User")
    ORGANISATION = "organisation", _("Organisation")


class Cause(TextChoices):
    """What is said to be wrong."""

    MALWARE = "malware", _("Malware or a file that harms whoever loads it")
    MISUSE = "misuse", _("Made for abuse, fraud or other misuse")
    LICENCE = "licence", _("Licence or copyright")
    PERSONAL_DATA = "personal_data", _("Personal data")
    SECRET = "secret", _("A password or key that got out")
    SPAM = "spam", _("Spam")
    IMPERSONATION = "impersonation", _("Impersonation")
    OTHER = "other", _("Something else")


class Source(TextChoices):
    """Where a flag comes from."""

    SCAN = "scan", _("A scanner's finding")
    SECRET = "secret", _("A secret that was found")
    LICENCE = "licence", _("A licence finding")
    REPORT = "report", _("A report")
    TRUSTED = "trusted", _("A trusted reporter")
    MODERATOR = "moderator", _("A moderator")
    NOTICE = "notice", _("A notice without an account")


class Severity(IntegerChoices):
    """In which order moderators look: the highest first."""

    LOW = 1, _("low")
    MEDIUM = 2, _("medium")
    HIGH = 3, _("high")


class State(TextChoices):
    """Where a case is on its way."""

    OPEN = "open", _("Open")
    CONFIRMING = "confirming", _("Waits for a second moderator")
    ASKED = "asked", _("Waits for changes")
    CLOSED = "closed", _("Closed")


class Effect(TextChoices):
    """What a decision does; each is a file in `actions`."""

    NONE = "none", _("No action")
    WARN = "warn", _("Warning")
    ASK = "ask", _("Asked for changes")
    OVERRIDE = "override", _("Scanner overruled")
    QUARANTINE = "quarantine", _("Quarantine")
    TAKE_DOWN = "take_down", _("Taken down")
    HIDE = "hide", _("Hidden")
    SUSPEND_UPLOADS = "suspend_uploads", _("Uploads suspended")
    SUSPEND_ACCOUNT = "suspend_account", _("Account suspended")
    FORBID_NAME = "forbid_name", _("Removed, and its name forbidden")


class CallKind(TextChoices):
    """Why a moderator is called to a case by mail."""

    SECOND = "second"
    ALL = "all"
    PROPOSAL = "proposal"
    RETURNED = "returned"
    HANDED = "handed"
    APPEAL = "appeal"


class DecisionState(TextChoices):
    """Whether a decision counts: what is proposed does not yet, what is undone or declined no more."""

    PROPOSED = "proposed", _("Waits for a second moderator")
    STANDING = "standing", _("Stands")
    UNDONE = "undone", _("Undone")
    DECLINED = "declined", _("Declined by a second moderator")


class AppealKind(TextChoices):
    """How somebody contests a decision."""

    APPEAL = "appeal", _("Appeal")
    COUNTER_NOTICE = "counter_notice", _("Counter-notice")


class AppealState(TextChoices):
    """What became of it; OVERTAKEN when the decision was replaced by another before."""

    OPEN = "open", _("Waits for another moderator")
    UPHELD = "upheld", _("The decision was upheld")
    UNDONE = "undone", _("The decision was undone")
    OVERTAKEN = "overtaken", _("Another decision took its place")


SEVERITY_OF: dict[str, Severity] = {
    Cause.MALWARE: Severity.HIGH,
    Cause.MISUSE: Severity.MEDIUM,
    Cause.LICENCE: Severity.MEDIUM,
    Cause.PERSONAL_DATA: Severity.HIGH,
    Cause.SECRET: Severity.HIGH,
    Cause.SPAM: Severity.LOW,
    Cause.IMPERSONATION: Severity.MEDIUM,
    Cause.OTHER: Severity.LOW,
}
# A person without an account may only say these: the law lets anybody ask for them.
WITHOUT_ACCOUNT = frozenset({Cause.LICENCE, Cause.PERSONAL_DATA})
# What people can say, beside what only machines find.
REPORTABLE = [cause for cause in Cause if cause != Cause.SECRET]
# A finding about a licence is nobody's flag until somebody asks the moderators to look at it.
PEOPLE = frozenset({Source.REPORT, Source.TRUSTED, Source.MODERATOR, Source.NOTICE, Source.LICENCE})
# Who says of themselves that something is wrong; who asks about a finding only passes on what it says.
REPORTING = PEOPLE - {Source.LICENCE}
# Who is told what came of it; moderators read the desk.
TOLD = [Source.REPORT, Source.TRUSTED, Source.NOTICE, Source.LICENCE]
# What an automatic rule does to a subject; nobody's account is suspended by a machine.
WITHHOLDING: dict[str, Effect] = {
    SubjectKind.BLOB: Effect.QUARANTINE,
    SubjectKind.REPOSITORY: Effect.TAKE_DOWN,
    SubjectKind.REVISION: Effect.TAKE_DOWN,
    SubjectKind.COMMENT: Effect.HIDE,
}
# What leaves everything as it is, or asks for something first.
MILD = frozenset({Effect.NONE, Effect.WARN, Effect.ASK})
# What leaves a file served.
SERVING = MILD | {Effect.OVERRIDE}
# How a case came up, as those concerned are told; any other source is somebody who reported it.
CAME_UP: dict[str, Promise] = {
    Source.SCAN: _("A scanner found it."),
    Source.SECRET: _("A scanner found it."),
    Source.LICENCE: _("The hub's check of licences found it, and somebody asked the moderators to look."),
    Source.MODERATOR: _("A moderator came upon it."),
}
REPORTED = _("Somebody reported it.")
REDRESS = _(
    "You can also go to a court or, in the European Union, to a body for out-of-court dispute settlement."
)
# What takes something from somebody, so that they can appeal.
RESTRICTIVE = frozenset(Effect) - {Effect.NONE, Effect.ASK, Effect.OVERRIDE}
# The rule by which a counter-notice undoes a decision.
WAITED = "waiting-period"
# What holds back a repository, a commit, or all of somebody's.
HOLDING = frozenset({Effect.TAKE_DOWN, Effect.FORBID_NAME})
# What a counter-notice restores by itself.
RESTORED = frozenset({Effect.QUARANTINE, Effect.TAKE_DOWN, Effect.HIDE})
# What is only decided by two where many are reached.
CONFIRMED = frozenset(Effect) - MILD
