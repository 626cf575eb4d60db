"""One thing a scanner saw, in words a person can act on."""

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


def printable(text: str, limit: int = 120) -> str:
    """`text` from a hostile file, cut and escaped so that it can be kept and shown: no NUL, no surrogate."""
    escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text[: limit + 1])
    return escaped if len(text) <= limit else escaped[:limit] + "…"
