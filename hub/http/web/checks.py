"""The state of a file's checks in words, and what they add up to for a whole repository."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hub.revisions.selectors import Entry
from hub.scanning.findings import Severity
from hub.scanning.models import Scan
from hub.scanning.selectors import scans_of
from hub.scanning.verdicts import Verdict, worst


@dataclass(frozen=True)
class State:
    """What can be said of a file: `level` picks the colour, `words` the label, `meaning` the sentence."""

    level: str
    words: Promise
    meaning: Promise


CHECKING = State("wait", _("Still being checked"), _("The hub is reading the file to verify its hash."))
REFUSED = State("bad", _("Refused"), _("The bytes are not what was declared, so they are never served."))
QUARANTINED = State("bad", _("In quarantine"), _("Nobody can download it unless a moderator releases it."))
SCANNING = State("wait", _("Being scanned"), _("The hash is verified; the scan has not ended."))
UNSCANNED = State("", _("Hash verified"), _("The hash is verified. No scanner knows the format."))
SAFE = State("good", _("Nothing found"), _("The hash is verified, and the scanner found nothing."))
SUSPICIOUS = State("wait", _("Suspicious"), _("A scanner saw something unusual. Look before you load it."))
RELEASED = State(
    "bad", _("Dangerous, released"), _("A scanner found danger, and a moderator released the file.")
)
UNREADABLE = State("wait", _("Could not be scanned"), _("The scanner could not read the file to its end."))
BY_VERDICT = {
    Verdict.UNSCANNED: UNSCANNED,
    Verdict.SAFE: SAFE,
    Verdict.SUSPICIOUS: SUSPICIOUS,
    Verdict.DANGEROUS: RELEASED,
    Verdict.ERROR: UNREADABLE,
}
BY_AVAILABILITY = {"checking": CHECKING, "refused": REFUSED, "quarantined": QUARANTINED}
GRAVE = (Severity.DANGEROUS, Severity.SUSPICIOUS, Severity.ERROR)
# What a list of a repository's states shows first.
ORDER = (QUARANTINED, REFUSED, RELEASED, SUSPICIOUS, UNREADABLE, CHECKING, SCANNING, SAFE, UNSCANNED)
# What a visitor should see before the files themselves.
REMARKABLE = (QUARANTINED, REFUSED, RELEASED, SUSPICIOUS)


@dataclass(frozen=True)
class Row:
    """An entry of a folder with the state of its checks; a folder has none."""

    entry: Entry
    state: State | None
    findings: tuple[dict[str, Any], ...] = ()


def check_states(entries: Sequence[Entry]) -> list[Row]:
    """Return a row for each entry; one query however many there are."""
    hashes = {entry.sha256 for entry in entries if entry.sha256 and entry.held}
    scans = scans_of(hashes)
    return [_row(entry, scans.get(entry.sha256 or "", []) if entry.held else []) for entry in entries]


def _row(entry: Entry, scans: list[Scan]) -> Row:
    if entry.type == "directory":
        return Row(entry, None)
    findings = grave(scans)
    if entry.availability in BY_AVAILABILITY:
        return Row(entry, BY_AVAILABILITY[entry.availability], findings)
    if not scans or any(scan.state != Scan.State.DONE for scan in scans):
        return Row(entry, SCANNING, findings)
    return Row(entry, BY_VERDICT[worst(scan.verdict for scan in scans)], findings)


def grave(scans: Iterable[Scan]) -> tuple[dict[str, Any], ...]:
    """Return the findings that a person should know of, the worst first."""
    found = [finding for scan in scans for finding in scan.findings if finding["severity"] in GRAVE]
    return tuple(sorted(found, key=lambda finding: GRAVE.index(finding["severity"])))


def summary(rows: Iterable[Row]) -> list[tuple[State, int]]:
    """Return the states of a repository's files with how many files each has, the gravest first."""
    counts = Counter(row.state for row in rows if row.state)
    return [(state, counts[state]) for state in ORDER if state in counts]


def remarkable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows a visitor should know of: withheld, refused, or with a finding that counts."""
    return [row for row in rows if row.state in REMARKABLE]
