"""A file for each limit of a scan, in the child as workers run it: never safe, never a crash, never dear."""

import io
import resource
import time
from typing import BinaryIO

import pytest

from hub.scanning import sandbox
from hub.scanning.findings import Finding, Severity
from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.scanners.base import Report
from tests.builders.hostile import MAKERS

MEMORY = 1 << 30
SECONDS = 30


class Measured(ArtifactScanner):
    """The scanner of the workers, which says at its end how much memory its process came to use."""

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        report = super().inspect(reader, size=size, path=path)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        return Report(report.verdict, (*report.findings, Finding("memory", str(grown), "", Severity.INFO)))


@pytest.mark.parametrize("name", MAKERS)
def test_what_costs_too_much_ends_in_a_verdict_that_is_not_safe(name: str):
    data = MAKERS[name]()
    began = time.monotonic()
    report = sandbox.inspect(Measured(), io.BytesIO(data), size=len(data))
    *findings, memory = report.findings
    assert report.verdict != "safe", findings
    assert findings
    assert int(memory.message) < MEMORY
    assert time.monotonic() - began < SECONDS
