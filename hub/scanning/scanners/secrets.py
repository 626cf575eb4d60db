"""Credentials that somebody left in a text; told are the rule, the line, and a bit of a hash."""

import hashlib
from itertools import islice
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from hub.scanning import secret_rules
from hub.scanning.findings import Finding, Severity
from hub.scanning.scanners.base import Report, Scanner

LARGEST = 5 << 20
MOST_FINDINGS = 100
# Hexadecimal digits of the sha256, enough for its owner to tell one from another.
PREFIX = 8


class SecretsScanner(Scanner):
    """Finds what gives whoever reads the file a right that is not theirs; never dangerous to load."""

    id = "secrets"
    title = _("Credentials left in it")
    version = "1"

    def accepts(self, head: bytes, path: str) -> bool:
        return b"\0" not in head

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        if size > LARGEST:
            message = f"has {size} bytes, too many to be searched for credentials"
            return Report.of([Finding("not-looked-at", message, "", Severity.UNKNOWN)])
        # Every byte is a letter of Latin-1, so nothing can fail; the patterns know ASCII only.
        text = reader.read(LARGEST).decode("latin-1")
        return Report.of(_finding(hit) for hit in islice(secret_rules.find(text), MOST_FINDINGS))


def _finding(hit: secret_rules.Hit) -> Finding:
    known_by = hashlib.sha256(hit.text.encode()).hexdigest()[:PREFIX]
    message = f"holds {hit.rule.words} (its sha256 begins with {known_by}): revoke it"
    return Finding(f"secret-{hit.rule.id}", message, f"line {hit.line}", Severity.SUSPICIOUS)
