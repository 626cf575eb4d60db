"""Scan local files and folders with the hub's own scanners, as the workers would."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from hub.scanning import running
from hub.scanning.findings import Finding, Severity
from hub.scanning.imports import Import, Safety
from hub.scanning.scanners import all_scanners
from hub.scanning.scanners.base import Report
from hub.scanning.verdicts import Verdict, overall


class Command(BaseCommand):
    """Nothing is stored; what no scanner can read counts as an error, never as safe."""

    help = "Scan local files and folders with the hub's scanners and print what they say."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Paths, and the machine-readable form."""
        parser.add_argument("paths", nargs="+", type=Path)
        parser.add_argument(
            "--tsv", action="store_true", help="print file, verdict and findings, tab-separated"
        )

    def handle(self, *args: Any, paths: list[Path], tsv: bool, **options: Any) -> None:
        """Print one line for each file."""
        for path in paths:
            if not path.exists():
                raise CommandError(f"{path} does not exist")
            for file in files_below(path):
                reports = scan_file(file)
                verdict = overall({name: report.verdict for name, report in reports.items()})
                found = [finding for report in reports.values() for finding in report.findings]
                named = [one for report in reports.values() for one in report.imports]
                self.stdout.write(
                    as_tsv(file, verdict, found) if tsv else as_text(file, verdict, found, named)
                )


def files_below(path: Path) -> Iterator[Path]:
    """The file itself, or every regular file below a folder."""
    if path.is_file():
        yield path
    else:
        yield from (file for file in sorted(path.rglob("*")) if file.is_file())


def scan_file(path: Path) -> dict[str, Report]:
    """What each scanner, by its id, says of a local file; that one failed is an error of the file."""
    with path.open("rb") as reader:
        scanners = all_scanners().values()
        said = running.inspect_file(scanners, reader, size=path.stat().st_size, path=path.name)
    return {name: report if isinstance(report, Report) else _failed(report) for name, report in said.items()}


def _failed(why: Exception) -> Report:
    return Report.of([Finding("gave-up", f"Scanning it failed: {why}.", "", Severity.ERROR)])


def as_tsv(path: Path, verdict: Verdict, findings: list[Finding]) -> str:
    """One line with the file, its verdict and its findings."""
    words = "; ".join(f"{f.severity}: {f.message} ({f.where})" for f in findings)
    return f"{path}\t{verdict.value or Verdict.ERROR.value}\t{words}"


def as_text(path: Path, verdict: Verdict, findings: list[Finding], imports: list[Import]) -> str:
    """The file and its verdict, with a line for each finding, and one for what is imported without one."""
    lines = [f"{path}: {verdict.label}"]
    lines += [f"  {f.severity.label}: {f.message}" + (f" ({f.where})" if f.where else "") for f in findings]
    harmless = [f"{one.module}.{one.name}" for one in imports if one.safety == Safety.INNOCUOUS]
    lines += [f"  imports, known to be harmless: {', '.join(harmless)}"] if harmless else []
    return "\n".join(lines)
