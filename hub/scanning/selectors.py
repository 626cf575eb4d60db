"""Reads of what the scanners found."""

from collections.abc import Collection, Iterable
from typing import Any

from hub.revisions.selectors import Entry
from hub.scanning.findings import Severity
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.verdicts import Verdict, overall

# The words that huggingface_hub's clients parse, from the best to the worst.
UNSCANNED, SAFE, QUEUED, ERROR, SUSPICIOUS, UNSAFE = (
    "unscanned",
    "safe",
    "queued",
    "error",
    "suspicious",
    "unsafe",
)
STATUS = {
    Verdict.UNSCANNED: UNSCANNED,
    Verdict.SAFE: SAFE,
    Verdict.ERROR: ERROR,
    Verdict.SUSPICIOUS: SUSPICIOUS,
    Verdict.DANGEROUS: UNSAFE,
}
ISSUES = {ERROR, SUSPICIOUS, UNSAFE}
OTHER_SCANS = ("avScan", "protectAiScan", "jFrogScan", "virusTotalScan")


def scans_of(sha256s: Collection[str]) -> dict[str, list[Scan]]:
    """The newest scan of each scanner for each blob that has one, in one query."""
    known = all_scanners()
    rows = Scan.objects.filter(blob_id__in=sha256s, scanner__in=known).order_by("queued_at", "pk")
    newest = {(scan.blob_id, scan.scanner): scan for scan in _finished_last(rows)}
    found: dict[str, list[Scan]] = {}
    for (sha256, _), scan in sorted(newest.items()):
        found.setdefault(sha256, []).append(scan)
    return found


def _finished_last(rows: Iterable[Scan]) -> list[Scan]:
    """A finished scan of an older version still counts while a newer one waits."""
    return sorted(rows, key=lambda scan: scan.state == Scan.State.DONE)


def status_of(scans: Iterable[Scan]) -> str:
    """The scans of one blob as one of the client's words; no scan at all is still to come."""
    states = list(scans)
    if not states or any(scan.state != Scan.State.DONE for scan in states):
        return QUEUED
    return STATUS[overall({scan.scanner: scan.verdict for scan in states})]


def findings_in_words(scans: Iterable[Scan]) -> list[str]:
    """What a person should know, the worst first: "imports os.system: … (data.pkl, byte 12)"."""
    order = [Severity.DANGEROUS, Severity.SUSPICIOUS, Severity.ERROR]
    grave = [f for scan in scans for f in scan.findings if f["severity"] in order]
    grave.sort(key=lambda finding: order.index(Severity(finding["severity"])))
    return [f"{f['message']} ({f['where']})" if f["where"] else f["message"] for f in grave]


def files_status(sha256s: Collection[str]) -> dict[str, dict[str, Any]]:
    """For each blob the `securityFileStatus` of huggingface's API, in one query."""
    scans = scans_of(sha256s)
    return {sha256: _file_status(scans.get(sha256, [])) for sha256 in sha256s}


def still_to_come() -> dict[str, Any]:
    """The `securityFileStatus` of a file that no scanner has seen, or of which nothing may be told yet."""
    return _file_status([])


def _file_status(scans: list[Scan]) -> dict[str, Any]:
    pickles = [scan for scan in scans if scan.scanner == ArtifactScanner.id]
    words = "; ".join(findings_in_words(pickles))[:1000]
    version = pickles[0].version if pickles else None
    return {
        "status": status_of(scans),
        "pickleImportScan": _part(status_of(pickles), words or None, version),
        **{name: _part(UNSCANNED) for name in OTHER_SCANS},
    }


def _part(status: str, message: str | None = None, version: str | None = None) -> dict[str, str | None]:
    return {
        "status": status,
        "message": message,
        "reportLink": None,
        "reportLabel": None,
        "version": version,
    }


def repository_status(entries: Iterable[Entry]) -> dict[str, Any]:
    """The `securityRepoStatus` of huggingface's API for the files of a revision, in one query."""
    files = [entry for entry in entries if entry.type == "file" and entry.sha256]
    scans = scans_of({entry.sha256 for entry in files if entry.held})
    levels = [(entry.path, status_of(scans.get(entry.sha256, []) if entry.held else [])) for entry in files]
    return {
        "scansDone": all(level != QUEUED for _, level in levels),
        "filesWithIssues": [{"path": path, "level": level} for path, level in levels if level in ISSUES],
    }
