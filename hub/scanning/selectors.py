"""Reads of what the scanners found."""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db.models import F, Q

from hub.repos.models import Repository
from hub.repos.serving import RELEASED, standing
from hub.revisions.models import RepositoryBlob
from hub.revisions.selectors import Entry
from hub.scanning.findings import CODE_RULES, GRAVE, Severity
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.antivirus import AntivirusScanner
from hub.scanning.verdicts import JUDGE, Verdict
from storage.models import Blob

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
# What other hubs have looked at files with, which clients expect to be told of.
OTHER_SCANS = ("protectAiScan", "jFrogScan", "virusTotalScan")
# Of one file, in the API.
MOST_FINDINGS = 20
LONGEST_MESSAGE = 1000
# Of blobs that are to be scanned again, so many at once.
STRETCH = 1000


def scans_of(sha256s: Collection[str]) -> dict[str, list[Scan]]:
    """What each scanner has said last of each blob, or else is still to say, in one query."""
    rows = Scan.objects.filter(blob_id__in=sha256s, scanner__in=all_scanners())
    ordered = rows.order_by(F("finished_at").asc(nulls_first=True), "queued_at", "pk")
    return _by_blob({(scan.blob_id, scan.scanner): scan for scan in ordered}.values())


def telling_scans_of(sha256s: Collection[str]) -> dict[str, list[Scan]]:
    """Those last words that a person should know before loading a file, without imports, in one query."""
    finished = Scan.objects.filter(blob_id__in=sha256s, scanner__in=all_scanners(), finished_at__isnull=False)
    last = finished.order_by("blob_id", "scanner", "-finished_at", "-pk").distinct("blob_id", "scanner")
    telling = ~Q(verdict__in=[Verdict.SAFE, Verdict.UNSCANNED])
    for rule in CODE_RULES:
        telling |= Q(findings__contains=[{"rule": rule}])
    return _by_blob(Scan.objects.filter(telling, pk__in=last.values("pk")).defer("imports"))


def _by_blob(scans: Iterable[Scan]) -> dict[str, list[Scan]]:
    found: dict[str, list[Scan]] = {}
    for scan in sorted(scans, key=lambda scan: (scan.scanner != JUDGE, scan.scanner)):
        found.setdefault(scan.blob_id, []).append(scan)
    return found


def status_of(entry: Entry) -> str:
    """The state of a file as one of the client's words.

    Of bytes that the repository has not shown to have nothing is told, but for whether they will be scanned.
    """
    if entry.availability == "refused":
        return UNSCANNED
    if not entry.held or entry.blob is None:
        return QUEUED
    as_what = standing(entry.blob.state, entry.blob.scan_state)
    return UNSAFE if as_what in (RELEASED, Blob.ScanState.DANGEROUS) else str(as_what)


def findings_in_words(scans: Iterable[Scan]) -> list[str]:
    """What a person should know, the worst first: "imports os.system: … (data.pkl, byte 12)"."""
    grave = [f for scan in scans for f in scan.findings if f["severity"] in GRAVE]
    grave.sort(key=lambda finding: GRAVE.index(Severity(finding["severity"])))
    return [f"{f['message']} ({f['where']})" if f["where"] else f["message"] for f in grave]


def files_status(entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """For each file by its path the `securityFileStatus` of huggingface's API, in one query.

    `findings` is the hub's own: what every scanner found, as data.
    """
    files = [entry for entry in entries if entry.type == "file"]
    scans = scans_of({entry.sha256 for entry in files if entry.sha256 and entry.held})
    return {
        entry.path: _file_status(status_of(entry), scans.get(entry.sha256 or "", []) if entry.held else [])
        for entry in files
    }


def _file_status(status: str, scans: list[Scan]) -> dict[str, Any]:
    by_scanner = {scan.scanner: scan for scan in scans}
    judged = by_scanner.get(JUDGE)
    antivirus = AntivirusScanner.id in all_scanners()
    return {
        "status": status,
        "avScan": _part(by_scanner.get(AntivirusScanner.id)) if antivirus else _nothing(UNSCANNED),
        "pickleImportScan": _pickle_part(judged) | {"pickleImports": judged.imports if judged else []},
        **{name: _nothing(UNSCANNED) for name in OTHER_SCANS},
        "findings": _findings(scans),
    }


def _pickle_part(scan: Scan | None) -> dict[str, str | None]:
    """What clients show of the scan of imports; where there is no pickle it did not apply.

    Unless the same scanner found something else: clients show that nowhere else.
    """
    part = _part(scan)
    pickled = scan and (scan.imports or any(finding["rule"] == "pickle" for finding in scan.findings))
    return part | {"status": UNSCANNED} if part["status"] == SAFE and not pickled else part


def _part(scan: Scan | None) -> dict[str, str | None]:
    """One scanner's word, with what it rests on."""
    if scan is None or not scan.finished_at:
        return _nothing(QUEUED)
    words = "; ".join(findings_in_words([scan]))[:LONGEST_MESSAGE]
    return _nothing(STATUS[Verdict(scan.verdict)]) | {"message": words or None, "version": scan.version}


def _nothing(status: str) -> dict[str, str | None]:
    return {"status": status, "message": None, "reportLink": None, "reportLabel": None, "version": None}


def _findings(scans: Iterable[Scan]) -> list[dict[str, str]]:
    told = [
        {"scanner": scan.scanner, **finding}
        for scan in scans
        for finding in scan.findings
        if finding["severity"] != Severity.INFO
    ]
    order = list(Severity)
    return sorted(told, key=lambda finding: -order.index(Severity(finding["severity"])))[:MOST_FINDINGS]


def repository_status(entries: Iterable[Entry]) -> dict[str, Any]:
    """The `securityRepoStatus` of huggingface's API for the files of a revision."""
    levels = [(entry.path, status_of(entry)) for entry in entries if entry.type == "file"]
    return {
        "scansDone": all(level != QUEUED for _, level in levels),
        "filesWithIssues": [{"path": path, "level": level} for path, level in levels if level in ISSUES],
    }


def stretches_of_blobs(
    *, sha256s: Collection[str] = (), repositories: Collection[Repository] = (), verdict: str | None = None
) -> Iterator[list[str]]:
    """Blobs, the newest first: all, or those named and those in repositories, and of these only what a
    scanner of this hub says `verdict` of."""
    blobs = Blob.objects.filter(condemned_at=None)
    if sha256s or repositories:
        present = RepositoryBlob.State.PRESENT
        held = RepositoryBlob.objects.filter(repository__in=repositories, state=present)
        blobs = blobs.filter(Q(pk__in=sha256s) | Q(pk__in=held.values("sha256")))
    if verdict is not None:
        said = Scan.objects.filter(scanner__in=all_scanners(), finished_at__isnull=False, verdict=verdict)
        blobs = blobs.filter(pk__in=said.values("blob_id"))
    rows = blobs.order_by("-created_at", "-pk").values_list("created_at", "pk")
    found = list(rows[:STRETCH])
    while found:
        yield [sha256 for _, sha256 in found]
        at, last = found[-1]
        found = list(rows.filter(created_at__lte=at).exclude(created_at=at, pk__gte=last)[:STRETCH])
