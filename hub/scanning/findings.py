"""One thing a scanner saw, in words a person can act on."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from django.db import models

from hub.scanning.verdicts import Verdict


class Severity(models.TextChoices):
    """How a finding weighs on the verdict."""

    INFO = "info", "information"
    # Not a danger by itself, and yet a person should know before loading.
    NOTICE = "notice", "notice"
    UNKNOWN = "unknown", "not scanned"
    ERROR = "error", "could not be scanned"
    SUSPICIOUS = "suspicious", "suspicious"
    DANGEROUS = "dangerous", "dangerous"


_VERDICT_OF = {
    Severity.INFO: Verdict.SAFE,
    Severity.NOTICE: Verdict.SAFE,
    Severity.UNKNOWN: Verdict.UNSCANNED,
    Severity.ERROR: Verdict.ERROR,
    Severity.SUSPICIOUS: Verdict.SUSPICIOUS,
    Severity.DANGEROUS: Verdict.DANGEROUS,
}


# Of so many findings the news of a scan tells.
TOLD_AT_MOST = 20
# What says that a file may harm whoever has it.
ACCUSING = (Severity.SUSPICIOUS, Severity.DANGEROUS)
# What a person should know of a file before loading it, the worst first.
GRAVE = (Severity.DANGEROUS, Severity.SUSPICIOUS, Severity.ERROR)
# Notices of code that no scanner judges: what a loader is told to run, and what only lies in the files.
CUSTOM_CODE, CODE_FILE = "custom-code", "code-file"
CODE_RULES = (CUSTOM_CODE, CODE_FILE)


@dataclass(frozen=True)
class Finding:
    """`rule` is a stable id, `message` a sentence, `where` a place in the file: "data.pkl, byte 12"."""

    rule: str
    message: str
    where: str
    severity: Severity

    @property
    def verdict(self) -> Verdict:
        return _VERDICT_OF[self.severity]

    def as_json(self) -> dict[str, str]:
        return {key: str(value) for key, value in asdict(self).items()}


def news(found: Iterable[Mapping[str, str]], known: Iterable[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The findings that accuse a file of more than what is known of it: of something else, or of worse."""
    worst: dict[tuple[str, ...], int] = {}
    for finding in known:
        same = _identity(finding)
        worst[same] = max(worst.get(same, 0), _rank(finding))
    accusing = (finding for finding in found if finding["severity"] in ACCUSING)
    return [finding for finding in accusing if _rank(finding) > worst.get(_identity(finding), 0)]


def _identity(finding: Mapping[str, str]) -> tuple[str, ...]:
    """What makes two findings the same, whoever says them and however grave they are."""
    return finding["rule"], finding["message"], finding["where"]


def _rank(finding: Mapping[str, str]) -> int:
    return Severity.values.index(finding["severity"])


def printable(text: str, limit: int = 120) -> str:
    """`text` from a hostile file, cut and escaped so that it can be kept and shown: no NUL, no surrogate."""
    escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: limit + 1])
    return escaped if len(text) <= limit else escaped[:limit] + "…"
