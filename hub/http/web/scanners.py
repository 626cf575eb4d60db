"""The panel of one file's checks: each scanner's word, what it found, and what the file imports."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from hub.http.web.findings import MARKS, Mark, Sentence, sentences
from hub.revisions.selectors import Entry
from hub.scanning.findings import Severity
from hub.scanning.imports import Safety
from hub.scanning.models import Scan
from hub.scanning.scanners import all_scanners, known_scanners
from hub.scanning.selectors import scans_of
from hub.scanning.verdicts import JUDGE, Verdict

QUEUED = Mark("", "…", _("Queued"))
RUNNING = Mark("", "…", _("Being scanned"))
ABSENT = Mark("", "–", _("Not installed on this hub"))
# Of a scanner that looks for one thing: only the judge calls a file safe.
NOTHING = Mark("good", "✓", _("Nothing found"))
NOT_ITS_KIND = Mark("", "–", _("Does not apply"))
BY_VERDICT = {
    Verdict.SAFE: Mark("good", "✓", _("Safe")),
    Verdict.UNSCANNED: MARKS[Severity.UNKNOWN],
    Verdict.ERROR: MARKS[Severity.ERROR],
    Verdict.SUSPICIOUS: MARKS[Severity.SUSPICIOUS],
    Verdict.DANGEROUS: MARKS[Severity.DANGEROUS],
}
BY_SAFETY = {
    Safety.DANGEROUS: MARKS[Severity.DANGEROUS],
    Safety.SUSPICIOUS: Mark("wait", "!", _("Not known")),
}


@dataclass(frozen=True)
class Line:
    """What one scanner says; `since` is when it was asked, while it has not said anything yet.

    When it has is not told: that may have been for somebody else who keeps the same bytes in private.
    """

    title: str | Promise
    mark: Mark
    since: datetime | None = None
    findings: tuple[Sentence, ...] = ()


@dataclass(frozen=True)
class Imported:
    """A name that loading the file imports."""

    name: str
    mark: Mark


@dataclass(frozen=True)
class Panel:
    """Every scanner's line, and what the pickles in the file import: by `marked` names, and harmless ones."""

    lines: list[Line]
    marked: list[Imported]
    harmless: list[str]

    @property
    def says_more(self) -> bool:
        """Whether there is more to read than that nothing was found."""
        found = {finding.severity for line in self.lines for finding in line.findings} - {Severity.INFO}
        waits = any(line.mark in (QUEUED, RUNNING) for line in self.lines)
        return bool(found or waits or self.marked or self.harmless)


def panel_of(entry: Entry) -> Panel:
    """The panel of a file, in one query; of bytes that are not the repository's nothing is told.

    Those that are not what was declared are never scanned, so no scanner has a line.
    """
    if entry.availability == "refused":
        return Panel([], [], [])
    told = scans_of([entry.sha256]).get(entry.sha256, []) if entry.held and entry.sha256 else []
    scans = {scan.scanner: scan for scan in told}
    names = sorted(known_scanners(), key=lambda name: (name != JUDGE, name not in all_scanners(), name))
    judged = scans.get(JUDGE)
    # No scan is asked for yet: it waits since its bytes were verified.
    fresh = entry.blob.created_at if entry.held and entry.blob and not told else None
    imports = judged.imports if judged else []
    return Panel(
        [_line(name, scans.get(name), fresh) for name in names],
        [Imported(_dotted(one), BY_SAFETY[one["safety"]]) for one in imports if one["safety"] in BY_SAFETY],
        [_dotted(one) for one in imports if one["safety"] not in BY_SAFETY],
    )


def _line(name: str, scan: Scan | None, fresh: datetime | None) -> Line:
    title = known_scanners()[name].title
    if name not in all_scanners():
        return Line(title, ABSENT)
    if scan is None:
        return Line(title, QUEUED, since=fresh)
    if not scan.finished_at:
        running = scan.state == Scan.State.RUNNING
        return Line(title, RUNNING if running else QUEUED, since=scan.queued_at)
    applies = scan.verdict != Verdict.UNSCANNED or scan.findings
    mark = BY_VERDICT[scan.verdict] if applies else NOT_ITS_KIND
    if name != JUDGE and scan.verdict == Verdict.SAFE:
        mark = NOTHING
    return Line(title, mark, findings=sentences([scan]))


def _dotted(one: dict[str, str]) -> str:
    return f"{one['module']}.{one['name']}"
