"""The state of a file's checks in words, and what they add up to for a whole repository."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hub.http.web.findings import Mark, Sentence, sentences
from hub.repos.serving import RELEASED as BY_A_MODERATOR
from hub.repos.serving import standing
from hub.revisions.selectors import Entry
from hub.scanning.findings import CODE_FILE, CUSTOM_CODE, GRAVE
from hub.scanning.selectors import telling_scans_of
from storage.models import Blob


@dataclass(frozen=True)
class State(Mark):
    """What can be said of a file; `meaning` is a sentence."""

    meaning: Promise


CHECKING = State(
    "",
    "…",
    _("Still being checked"),
    _("The hub reads the file to verify its hash; then it is scanned."),
)
REFUSED = State("bad", "✕", _("Refused"), _("The bytes are not what was declared, so they are never served."))
QUARANTINED = State("bad", "✕", _("In quarantine"), _("It was found dangerous and is withheld."))
SCANNING = State("", "…", _("Being scanned"), _("The hash is verified; the scan has not ended."))
UNSCANNED = State("", "–", _("Not scanned"), _("The hash is verified. No scanner knows the format."))
SAFE = State("good", "✓", _("Safe"), _("The hash is verified, and no scanner found anything against it."))
SUSPICIOUS = State(
    "wait", "!", _("Suspicious"), _("A scanner saw something unusual. Look before you load it.")
)
RELEASED = State(
    "bad", "!", _("Dangerous, released"), _("A scanner found danger, and a moderator released the file.")
)
UNREADABLE = State(
    "wait",
    "?",
    _("Could not be read"),
    _("A scanner could not read it to its end, so nobody calls it safe."),
)
BY_STANDING = {
    Blob.ScanState.QUEUED: SCANNING,
    Blob.ScanState.UNSCANNED: UNSCANNED,
    Blob.ScanState.SAFE: SAFE,
    Blob.ScanState.SUSPICIOUS: SUSPICIOUS,
    Blob.ScanState.ERROR: UNREADABLE,
    Blob.ScanState.DANGEROUS: QUARANTINED,
    BY_A_MODERATOR: RELEASED,
}
# What a repository's line of states shows first.
ORDER = (QUARANTINED, RELEASED, REFUSED, SUSPICIOUS, UNREADABLE, CHECKING, SCANNING, UNSCANNED, SAFE)
DANGEROUS = (QUARANTINED, RELEASED)
REMARKABLE = (REFUSED, SUSPICIOUS, UNREADABLE)


@dataclass(frozen=True)
class Row:
    """An entry of a folder with the state of its checks; a folder has none."""

    entry: Entry
    state: State | None
    findings: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Overview:
    """What a visitor should know of a repository's files before loading any of them.

    `custom_code` are the files that have code run when they are loaded, `code_files` those that are code.
    """

    states: list[tuple[State, int]]
    dangerous: list[Row]
    remarkable: list[Row]
    custom_code: list[Row]
    code_files: list[Row]


def state_of(entry: Entry) -> State | None:
    """The state of a file; None for a folder."""
    if entry.type == "directory":
        return None
    if entry.availability == "refused":
        return REFUSED
    if not entry.held or entry.blob is None:
        return CHECKING
    return BY_STANDING[standing(entry.blob.state, entry.blob.scan_state)]


def overview(entries: Iterable[Entry]) -> Overview:
    """What the checks of a repository's files add up to; one query however many there are."""
    files = [entry for entry in entries if entry.type == "file"]
    said = telling_scans_of({entry.sha256 for entry in files if entry.sha256 and entry.held})
    rows = [
        Row(entry, state_of(entry), sentences(said.get(entry.sha256 or "", []) if entry.held else []))
        for entry in files
    ]
    return Overview(
        states=summary(rows),
        dangerous=[grave(row) for row in rows if row.state in DANGEROUS],
        remarkable=[grave(row) for row in rows if row.state in REMARKABLE],
        custom_code=with_rule(rows, CUSTOM_CODE),
        code_files=with_rule(rows, CODE_FILE),
    )


def summary(rows: Sequence[Row]) -> list[tuple[State, int]]:
    """The states of files with how many have each, the gravest first."""
    counts = Counter(row.state for row in rows)
    return [(state, counts[state]) for state in ORDER if state in counts]


def grave(row: Row) -> Row:
    """The row with the findings that count against the file."""
    return replace(row, findings=tuple(one for one in row.findings if one.severity in GRAVE))


def with_rule(rows: Iterable[Row], rule: str) -> list[Row]:
    """The rows that have findings of a rule, with these alone."""
    kept = (replace(row, findings=tuple(one for one in row.findings if one.rule == rule)) for row in rows)
    return [row for row in kept if row.findings]
