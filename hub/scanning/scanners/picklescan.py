"""picklescan's second opinion: what it knows as dangerous counts, and nothing that it says clears a file."""

import logging
import signal
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version as version_of
from importlib.util import find_spec
from types import FrameType
from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from hub.scanning.findings import Finding, Severity, printable
from hub.scanning.scanners.base import Report, Scanner

SECONDS = 8
MOST_FINDINGS = 100
# It would unpack these into files.
SEVEN_ZIP = b"7z\xbc\xaf\x27\x1c"
# What it raises about files that it does not understand, or that ask for more than it may have.
PROBLEMS = (
    ArithmeticError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class TookTooLong(BaseException):
    """The time is up; picklescan goes on after every other exception."""


class PicklescanScanner(Scanner):
    """Where it fails or knows nothing it says nothing: the judge has read the same file."""

    id = "picklescan"
    title = _("Second opinion (picklescan)")

    def __init__(self) -> None:
        self.version = f"1-{version_of('picklescan')}"[:20]

    @classmethod
    def lacks(cls) -> str:
        return "" if find_spec("picklescan") else "the package picklescan"

    def prepare(self) -> None:
        import picklescan.scanner  # noqa: F401

        # It reads arrays with it where there is one.
        with suppress(ImportError):
            import numpy  # noqa: F401
        # It writes of every file that it cannot read.
        logging.getLogger("picklescan").setLevel(logging.CRITICAL)

    def accepts(self, head: bytes, path: str) -> bool:
        return bool(head) and not head.startswith(SEVEN_ZIP)

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        from picklescan.scanner import SafetyLevel, scan_bytes

        self.prepare()
        try:
            with _ended_after(SECONDS):
                found = scan_bytes(reader, "file").globals
        except (TookTooLong, *PROBLEMS) as problem:
            message = f"could not be read by picklescan: {printable(str(problem) or type(problem).__name__)}"
            return Report.of([Finding("second-opinion", message, "", Severity.INFO)])
        bad = {f"{one.module}.{one.name}" for one in found if one.safety == SafetyLevel.Dangerous}
        return Report.of(_finding(name) for name in sorted(bad)[:MOST_FINDINGS])


def _finding(name: str) -> Finding:
    message = f"imports {printable(name)}, which picklescan knows as dangerous"
    return Finding("second-opinion", message, "", Severity.DANGEROUS)


@contextmanager
def _ended_after(seconds: float) -> Iterator[None]:
    """TookTooLong where the main thread is after so long."""

    def end(_number: int, _frame: FrameType | None) -> None:
        raise TookTooLong(f"it takes longer than {seconds} seconds")

    former = signal.signal(signal.SIGALRM, end)
    # And again, because an exception that is raised in a destructor is lost.
    signal.setitimer(signal.ITIMER_REAL, seconds, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
