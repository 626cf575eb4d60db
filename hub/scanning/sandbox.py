"""Run a scanner in a child of its own, so that no file can fill the worker's memory or keep it from its work.

The child gets the file's bytes from its parent, by a pipe, keeps no other descriptor and can open none: it
reaches neither the database nor the store, no file and no network. What it answers is JSON; nothing of it is
unpickled.
"""

import codecs
import contextlib
import gc
import io
import json
import logging
import os
import resource
import signal
import time
import traceback
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from hub.embedded.process import die_with_parent
from hub.scanning import confinement
from hub.scanning.findings import Finding, Severity
from hub.scanning.imports import Import, Safety
from hub.scanning.scanners.base import Report, Scanner
from hub.scanning.verdicts import Verdict
from storage.readers import BUFFER, RangeReader

log = logging.getLogger(__name__)

WALL_SECONDS = 60
CPU_SECONDS = 30
# In bytes, above what the worker has mapped at the moment of the fork.
MEMORY = 1 << 30
LARGEST_READ = 4 << 20
LARGEST_ANSWER = 4 << 20
# Python reads these from files when they are first used, which the child cannot.
CODECS = (
    *("ascii", "cp437", "latin-1", "raw-unicode-escape", "unicode-escape", "utf-8-sig"),
    *("utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-32-be", "utf-32-le"),
)
ENDING_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGHUP, signal.SIGALRM)


NONSENSE = "its process answered what nobody reads"


class ScanFailed(Exception):
    """There is no verdict, and it may be the file's fault; the argument says what happened."""


def inspect(scanner: Scanner, reader: BinaryIO, *, size: int) -> Report:
    """What one scanner says of the file, or ScanFailed; errors of `reader` pass on."""
    said = inspect_with([scanner], reader, size=size)[scanner.id]
    if isinstance(said, ScanFailed):
        raise said
    return said


def inspect_with(
    scanners: Sequence[Scanner], reader: BinaryIO, *, size: int, path: str = ""
) -> dict[str, Report | ScanFailed]:
    """What each scanner by its id says of the file, all in one child.

    A blob has as many names as repositories that hold it, so a `path` is told only for a file that has one.

    Errors of `reader`, which stays here, pass on. What one of them said counts even if the next one brings
    the child down.
    """
    said: dict[str, Report | ScanFailed] = {}
    prepare(scanners)
    ours, theirs = Pipe()
    pid = os.fork()
    if pid == 0:
        _run(scanners, theirs, size, path)
    theirs.close()
    # Here as well as there: whoever comes first, the group exists before it is killed.
    with contextlib.suppress(OSError):
        os.setpgid(pid, pid)
    why = ""
    try:
        with ours:
            _serve(ours, reader, said, len(scanners))
    except ScanFailed as problem:
        why = str(problem)
    finally:
        status = _end(pid)
    failed = ScanFailed(why or f"its process ended with {_in_words(status)}")
    return {scanner.id: said.get(scanner.id, failed) for scanner in scanners}


def prepare(scanners: Sequence[Scanner]) -> None:
    """Read what a child would have to open; once in a process is enough."""
    for name in CODECS:
        codecs.lookup(name)
    for scanner in scanners:
        scanner.prepare()


# --- the parent ----------------------------------------------------------------------------------


def _serve(child: Connection, reader: BinaryIO, said: dict[str, Report | ScanFailed], most: int) -> None:
    """Read for the child and note what it says, until it said all or ended."""
    deadline = time.monotonic() + WALL_SECONDS
    while len(said) < most:
        match _receive(child, deadline):
            case None:
                return
            case {"read": [int() as offset, int() as count]} if offset >= 0 and count >= 0:
                reader.seek(offset)
                _send(child, reader.read(min(count, LARGEST_READ)))
            case {"scanner": str() as scanner, **answer}:
                said[scanner] = _report(answer)
            case _:
                raise ScanFailed(NONSENSE)


def _receive(child: Connection, deadline: float) -> dict[str, Any] | None:
    try:
        if not child.poll(max(0, deadline - time.monotonic())):
            raise ScanFailed(f"it took longer than {WALL_SECONDS} seconds")
        return json.loads(child.recv_bytes(LARGEST_ANSWER))
    except (EOFError, OSError):
        return None
    except (ValueError, RecursionError) as problem:
        raise ScanFailed(NONSENSE) from problem


def _send(child: Connection, data: bytes) -> None:
    """Give the child what it asked for; that it ended meanwhile shows when it is listened to."""
    with contextlib.suppress(OSError):
        child.send_bytes(data)


def _end(pid: int) -> int:
    """Kill the child, and whatever it may have started, if they still run; returns how it ended."""
    os.killpg(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _in_words(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _report(answer: dict[str, Any]) -> Report | ScanFailed:
    match answer:
        case {"failure": str() as words}:
            log.error("a scanner failed:\n%s", words)
            return ScanFailed("the scanner met an error of its own")
        case {"verdict": str() as verdict, "findings": list() as findings, "imports": list() as imports}:
            try:
                found = tuple(_finding(**finding) for finding in findings)
                return Report(Verdict(verdict), found, tuple(_import(**one) for one in imports))
            except (TypeError, ValueError) as problem:
                raise ScanFailed(NONSENSE) from problem
    raise ScanFailed(NONSENSE)


def _finding(*, severity: str, **texts: str) -> Finding:
    return Finding(severity=Severity(severity), **texts)


def _import(*, safety: str, **texts: str) -> Import:
    return Import(safety=Safety(safety), **texts)


# --- the child -----------------------------------------------------------------------------------


class _Asking(RangeReader):
    """The file as the child sees it: every read is a question to its parent."""

    def __init__(self, parent: Connection, size: int) -> None:
        super().__init__("", size)
        self.parent = parent

    def readinto(self, buffer: bytearray | memoryview) -> int:
        """Fill `buffer`, or as much of it as the parent reads at once."""
        self.parent.send_bytes(json.dumps({"read": [self.position, len(buffer)]}).encode())
        data = self.parent.recv_bytes()
        buffer[: len(data)] = data
        self.position += len(data)
        return len(data)


def _run(scanners: Sequence[Scanner], parent: Connection, size: int, path: str) -> NoReturn:
    """Confine this process, scan, answer, and end without a trace of what it inherited."""
    confined = False
    try:
        _confine(parent.fileno())
        confined = True
        reader = io.BufferedReader(_Asking(parent, size), BUFFER)
        for scanner in scanners:
            _answer(scanner, reader, size, path, parent)
    finally:
        if not confined:
            _tell(parent, scanners[0], {})
        # Whatever was raised ends here: nothing of the worker's may run in its copy.
        os._exit(0)


def _answer(scanner: Scanner, reader: BinaryIO, size: int, path: str, parent: Connection) -> None:
    """Tell what the scanner says in one line; what it raised instead is told, and ends the child."""
    answer: dict[str, Any] = {}
    try:
        report = scanner.examine(reader, size=size, path=path)
        answer = {
            "verdict": report.verdict,
            "findings": [finding.as_json() for finding in report.findings],
            "imports": [one.as_json() for one in report.imports],
        }
    finally:
        _tell(parent, scanner, answer)


def _tell(parent: Connection, scanner: Scanner, answer: dict[str, Any]) -> None:
    """Tell the answer, or what is being raised instead."""
    told = answer or {"failure": traceback.format_exc()[-20_000:]}
    parent.send_bytes(json.dumps({"scanner": scanner.id, **told}).encode())


def _confine(kept: int) -> None:
    """Give up every descriptor but the standard ones and `kept`, and whatever would bring another one."""
    die_with_parent(signal.SIGKILL)
    os.setpgid(0, 0)
    for number in ENDING_SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    # Objects of the parent are never collected here: their ends would speak to servers.
    gc.freeze()
    os.closerange(3, kept)
    os.closerange(kept + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limits = {
        resource.RLIMIT_AS: mapped + MEMORY,
        resource.RLIMIT_CPU: CPU_SECONDS,
        # What is open stays so; nothing else can be opened, a socket included.
        resource.RLIMIT_NOFILE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for limit, value in limits.items():
        resource.setrlimit(limit, (value, value))
    confinement.close_in()
