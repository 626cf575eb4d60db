"""What every scanner is: an id, a version, and one question answered about one file."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.functional import Promise

from hub.scanning.findings import Finding
from hub.scanning.imports import Import
from hub.scanning.verdicts import Verdict, worst

HEAD_SIZE = 4096


class ScannerAway(Exception):
    """What the scanner asks does not answer now, which is not the file's fault; the argument says more."""


@dataclass(frozen=True)
class Report:
    """The verdict on one file, what it rests on, and what the pickles in the file import."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    imports: tuple[Import, ...] = ()

    @classmethod
    def of(cls, findings: Iterable[Finding], imports: Iterable[Import] = ()) -> "Report":
        """The report in which the worst finding decides; no finding at all is safe."""
        kept = tuple(findings)
        return cls(worst(finding.verdict for finding in kept), kept, tuple(imports))


class Scanner(ABC):
    """Subclass it in a new file of this package; `version` must rise whenever a verdict may change."""

    id: str
    # What it looks for, in the words of a file's page.
    title: str | Promise
    version: str
    # Whether it reads the file itself, and so runs confined; else it only passes the bytes on.
    confined = True

    @classmethod
    def lacks(cls) -> str:
        """What this hub would have to install or configure first, in words; "" when it can be used."""
        return ""

    def prepare(self) -> None:  # noqa: B027
        """Do what is the same for every file, once in each worker, before the file's own process begins."""

    @abstractmethod
    def accepts(self, head: bytes, path: str) -> bool:
        """Whether it has something to say, from the first HEAD_SIZE bytes and a name that may lie."""

    @abstractmethod
    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        """Judge the file; `reader` can seek. Hostile content ends in a verdict, not in an exception.

        Raises ScannerAway when it asks somebody who does not answer.
        """

    def examine(self, reader: BinaryIO, *, size: int, path: str = "") -> Report:
        """Judge the file if it has something to say about it; UNSCANNED, without a word, if not."""
        reader.seek(0)
        if not self.accepts(reader.read(HEAD_SIZE), path):
            return Report(Verdict.UNSCANNED, ())
        reader.seek(0)
        return self.inspect(reader, size=size, path=path)
