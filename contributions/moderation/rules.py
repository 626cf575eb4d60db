"""What a flag, a decision and an appeal must have, and findings in words. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from contributions.moderation.vocabulary import PEOPLE, WITHOUT_ACCOUNT, Cause, Effect, Source
from hub.errors import InvalidInput
from hub.scanning.findings import Severity as ScanSeverity

TEXT_MAX = 4000
REASON_MIN = 10
REASON_MAX = 4000
PATH_MAX = 1024
CONTACT_MAX = 254
EVIDENCE_MAX = 2000
TITLE_MAX = 300
# Of one case.
FINDINGS_MAX = 200
POLICY_TITLE_MAX = 200
POLICY_TEXT_MAX = 10_000
SLUG_MAX = 40
ASK_AT_MOST = timedelta(days=90)
# How long before the date those concerned are reminded of it.
REMINDED_BEFORE = timedelta(days=3)
# How the fields are called in sentences.
FIELDS = {
    "text": _("text"),
    "path": _("path"),
    "contact": _("contact"),
    "evidence": _("evidence"),
    "reason": _("reason"),
    "note": _("note"),
    "title": _("title"),
    "reasons": _("template for reasons"),
}


def check_flag(
    *, source: str, cause: str, text: str, path: str, contact: str, evidence: str, anonymous: bool
) -> None:
    """Raise InvalidInput, naming the field, unless a moderator can work with the flag.

    Without an account one can only ask for what the law lets anybody ask for, and must be reachable.
    """
    if source not in Source.values:
        raise ValueError(source)
    check_cause(cause)
    check_text(text, "text", least=int(source in PEOPLE), most=TEXT_MAX)
    check_text(path, "path", least=0, most=PATH_MAX)
    check_text(contact, "contact", least=0, most=CONTACT_MAX)
    check_text(evidence, "evidence", least=0, most=EVIDENCE_MAX)
    if anonymous and source in PEOPLE:
        if cause not in WITHOUT_ACCOUNT:
            raise InvalidInput(
                gettext("Log in to report this. Licence, copyright and personal data need no account."),
                "cause",
            )
        if "@" not in contact:
            raise InvalidInput(
                gettext("Without an account, leave an address where we can reach you."), "contact"
            )


def check_cause(cause: str) -> None:
    """Raise InvalidInput unless it is a known one."""
    if cause not in Cause.values:
        raise InvalidInput(gettext("The cause is one of %s.") % ", ".join(Cause.values), "cause")


def check_decision(
    *, effect: str, reason: str, note: str, until: datetime | None, possible: Collection[str], now: datetime
) -> None:
    """Raise InvalidInput, naming the field, unless those concerned can understand the decision."""
    if effect not in possible:
        raise InvalidInput(gettext("This cannot be decided here."), "effect")
    check_text(reason, "reason", least=REASON_MIN, most=REASON_MAX)
    check_text(note, "note", least=0, most=REASON_MAX)
    if effect == Effect.ASK and (until is None or not now < until <= now + ASK_AT_MOST):
        raise InvalidInput(gettext("Say until when, within 90 days."), "until")
    if effect != Effect.ASK and until is not None:
        raise InvalidInput(gettext("Only changes are asked for until a date."), "until")


def check_text(text: str, field: str, *, least: int, most: int) -> None:
    """Raise InvalidInput unless a text has so many characters, and none that the database cannot keep."""
    if not least <= len(text.strip()) <= most:
        raise InvalidInput(
            gettext("The %(field)s needs %(least)d to %(most)d characters.")
            % {"field": FIELDS[field], "least": least, "most": most},
            field,
        )
    if "\0" in text:
        raise InvalidInput(gettext("The %s contains a NUL character.") % FIELDS[field], field)


def check_slug(slug: str) -> None:
    """Raise InvalidInput unless a short name can be part of an address."""
    if len(slug) > SLUG_MAX or not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug):
        raise InvalidInput(
            gettext("A short name is made of small letters, digits and single hyphens, 40 at most."), "slug"
        )


def check_number(number: int, field: str, *, least: int, most: int) -> None:
    """Raise InvalidInput unless a whole number is within bounds."""
    if not least <= number <= most:
        raise InvalidInput(
            gettext("Give a number from %(least)d to %(most)d.") % {"least": least, "most": most}, field
        )


def in_words(findings: Iterable[Mapping[str, str]]) -> list[str]:
    """Findings as sentences, the worst first, each with its place in the file."""
    ordered = sorted(findings, key=lambda finding: -ScanSeverity.values.index(finding["severity"]))
    return [_sentence(finding["message"], finding["where"]) for finding in ordered]


def _sentence(message: str, where: str) -> str:
    return f"{message} ({where})" if where else message


def grave(findings: Iterable[dict]) -> list[dict]:
    """The findings that say something against a file."""
    return [f for f in findings if f["severity"] not in (ScanSeverity.INFO, ScanSeverity.UNKNOWN)]


def title_of(findings: Iterable[Mapping[str, str]]) -> str:
    """A case's title: the worst finding."""
    words = in_words(findings)
    return (words[0] if words else "A file was withheld without a finding")[:TITLE_MAX]


def merged(known: list[dict], new: Iterable[dict]) -> list[dict]:
    """The known findings, and the new ones that are not among them; of very many the worst."""
    found = known + [finding for finding in new if finding not in known]
    if len(found) <= FINDINGS_MAX:
        return found
    return sorted(found, key=lambda finding: -ScanSeverity.values.index(finding["severity"]))[:FINDINGS_MAX]
