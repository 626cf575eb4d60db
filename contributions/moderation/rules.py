"""What a report and a decision must have, and findings in words. Pure."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext

from contributions.moderation.vocabulary import Action, Reason
from hub.errors import InvalidInput
from hub.scanning.findings import Severity as ScanSeverity

REPORT_TEXT_MAX = 4000
DECISION_REASON_MIN = 10
DECISION_REASON_MAX = 4000
PATH_MAX = 1024
CONTACT_MAX = 254
TITLE_MAX = 300


def check_report(*, reason: str, text: str, path: str, contact: str) -> None:
    """Raise InvalidInput, naming the field, unless a moderator can work with the report."""
    if reason not in Reason.values:
        raise InvalidInput(f"The reason is one of {', '.join(Reason.values)}.", "reason")
    _check_text(text, "text", least=1, most=REPORT_TEXT_MAX)
    _check_text(path, "path", least=0, most=PATH_MAX)
    _check_text(contact, "contact", least=0, most=CONTACT_MAX)


def check_decision(*, action: str, reason: str) -> None:
    """Raise InvalidInput, naming the field, unless the publisher can understand the decision."""
    if action not in Action.values:
        raise InvalidInput(f"The decision is one of {', '.join(Action.values)}.", "action")
    _check_text(reason, "reason", least=DECISION_REASON_MIN, most=DECISION_REASON_MAX)


def _check_text(text: str, field: str, *, least: int, most: int) -> None:
    if not least <= len(text.strip()) <= most:
        raise InvalidInput(
            gettext("The %(field)s needs %(least)d to %(most)d characters.")
            % {"field": field, "least": least, "most": most},
            field,
        )
    if "\0" in text:
        raise InvalidInput(gettext("The %s contains a NUL character.") % field, field)


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
    """The known findings, and the new ones that are not among them."""
    return known + [finding for finding in new if finding not in known]
