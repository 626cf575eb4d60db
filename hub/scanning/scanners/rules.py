"""The operator's own rules: YARA-X looks for them in the bytes of every file."""

import hashlib
import logging
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from hub.scanning.findings import Finding, Severity, printable
from hub.scanning.scanners.base import Report, Scanner

if TYPE_CHECKING:
    import yara_x

log = logging.getLogger(__name__)

# Of a larger file the beginning and the end are looked at, as much of each as the other.
LARGEST = 64 << 20
SECONDS = 10
MOST_FINDINGS = 100
SUFFIXES = {".yar", ".yara"}
# What a rule may say of itself (meta: verdict = "dangerous"); without it what matches is suspicious.
SEVERITIES = {
    "notice": Severity.NOTICE,
    "suspicious": Severity.SUSPICIOUS,
    "dangerous": Severity.DANGEROUS,
}


class RulesScanner(Scanner):
    """Compares files with the rules of a folder, as they were when the process began.

    Each of the folder's files is a namespace and includes nothing. One that does not compile is left out,
    which every report says.
    """

    id = "rules"
    title = _("YARA rules of this hub")

    def __init__(self) -> None:
        folder = Path(settings.YARA_RULES)
        self.sources = {str(path.relative_to(folder)): path.read_bytes() for path in rule_files(folder)}
        self.left_out: list[str] = []

    @classmethod
    def lacks(cls) -> str:
        if find_spec("yara_x") is None:
            return "the package yara-x"
        known = settings.YARA_RULES and rule_files(Path(settings.YARA_RULES))
        return "" if known else "HUB_YARA_RULES, a folder with *.yar or *.yara files"

    @cached_property
    def version(self) -> str:
        """Another one when a rule changes, so that every file is looked at again."""
        digests = [f"{name}\0{hashlib.sha256(source).hexdigest()}" for name, source in self.sources.items()]
        return "1-" + hashlib.sha256("\0".join(digests).encode()).hexdigest()[:16]

    @cached_property
    def compiled(self) -> "yara_x.Rules":
        """The rules; what does not compile is logged and named in `left_out`."""
        import yara_x

        compiler = yara_x.Compiler()
        compiler.enable_includes(False)
        for name, source in self.sources.items():
            compiler.new_namespace(name)
            try:
                compiler.add_source(source.decode(), origin=name)
            except (yara_x.CompileError, UnicodeDecodeError) as problem:
                log.error("the rules %s are left out: %s", name, problem)
                self.left_out.append(name)
        return compiler.build()

    def prepare(self) -> None:
        _ = self.compiled

    def accepts(self, head: bytes, path: str) -> bool:
        return bool(head)

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        import yara_x

        scanner = yara_x.Scanner(self.compiled)
        scanner.set_timeout(SECONDS)
        scanner.max_matches_per_pattern(1)
        findings = [
            Finding(
                "rules-left-out", f"was not compared with {name}, which does not compile", "", Severity.INFO
            )
            for name in self.left_out
        ]
        for start, length in stretches(size):
            reader.seek(start)
            try:
                matching = scanner.scan(reader.read(length)).matching_rules
            except yara_x.TimeoutError:
                message = f"was not compared with the rules to the end within {SECONDS} seconds"
                findings.append(Finding("too-much", message, "", Severity.ERROR))
                break
            findings += [_finding(rule, start) for rule in matching]
        if size > LARGEST:
            message = f"was compared with the rules in its first and last {LARGEST >> 21} MiB only"
            findings.append(Finding("not-looked-at", message, "", Severity.INFO))
        return Report.of(findings[:MOST_FINDINGS])


def rule_files(folder: Path) -> list[Path]:
    """The files with rules below a folder."""
    return [path for path in sorted(folder.rglob("*")) if path.suffix in SUFFIXES and path.is_file()]


def stretches(size: int) -> list[tuple[int, int]]:
    """What is looked at of so many bytes, as offsets and lengths that do not touch."""
    if size <= LARGEST:
        return [(0, size)]
    return [(0, LARGEST // 2), (size - LARGEST // 2, LARGEST // 2)]


def _finding(rule: "yara_x.Rule", start: int) -> Finding:
    meta = dict(rule.metadata)
    severity = SEVERITIES.get(str(meta.get("verdict")), Severity.SUSPICIOUS)
    said = printable(str(meta.get("description") or "what the rule says"), 500)
    offsets = [match.offset for pattern in rule.patterns for match in pattern.matches]
    where = f"byte {start + min(offsets)}" if offsets else ""
    return Finding(f"rule-{rule.identifier}", f"matches {rule.namespace}: {said}", where, severity)
