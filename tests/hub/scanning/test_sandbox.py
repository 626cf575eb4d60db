"""The child in which a scanner runs: what it may cost, what it can reach, and how it ends."""

import ctypes
import io
import lzma
import os
import resource
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest
from botocore.exceptions import EndpointConnectionError
from django.conf import settings

from hub.scanning import sandbox
from hub.scanning.findings import Finding, Severity
from hub.scanning.sandbox import ScanFailed
from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.scanners.base import Report, Scanner
from hub.scanning.verdicts import Verdict
from tests import processes
from tests.builders import pickles as made


class Trial(Scanner):
    """A scanner that does to the child what a test wants."""

    id, version = "trial", "1"

    def __init__(self, act: Callable[[BinaryIO], str]) -> None:
        self.act = act

    def accepts(self, head: bytes, path: str) -> bool:
        return head != b"not mine"

    def inspect(self, reader: BinaryIO, *, size: int, path: str) -> Report:
        return Report.of([Finding("trial", self.act(reader), "", Severity.INFO)])


def said(act: Callable[[BinaryIO], str], data: bytes = b"data") -> str:
    """What the scanner found in the child."""
    [finding] = sandbox.inspect(Trial(act), io.BytesIO(data), size=len(data)).findings
    return finding.message


def endless(_reader: BinaryIO) -> str:
    while True:
        pass


def test_the_report_of_the_child_is_that_of_the_scanner():
    data = made.calling("os", "system")
    report = sandbox.inspect(ArtifactScanner(), io.BytesIO(data), size=len(data))
    assert report == ArtifactScanner().inspect(io.BytesIO(data), size=len(data), path="")
    assert report.verdict == Verdict.DANGEROUS


def test_a_file_that_the_scanner_does_not_care_for_is_not_scanned():
    report = sandbox.inspect(Trial(endless), io.BytesIO(b"not mine"), size=8)
    assert report == Report(Verdict.UNSCANNED, ())


def test_the_child_reads_any_part_of_a_large_file():
    data = os.urandom(6 << 20)

    def ends(reader: BinaryIO) -> str:
        whole = reader.seek(0) or reader.read()
        reader.seek(-3, io.SEEK_END)
        return f"{whole == data} {reader.read(9).hex()}"

    assert said(ends, data) == f"True {data[-3:].hex()}"


def test_a_scanner_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox, "WALL_SECONDS", 0.5)
    before, began = processes.descendants(os.getpid()), time.monotonic()
    with pytest.raises(ScanFailed, match="longer than 0.5 seconds"):
        said(endless)
    assert time.monotonic() - began < 5
    assert processes.descendants(os.getpid()) == before


def test_a_scanner_that_computes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox, "CPU_SECONDS", 1)
    with pytest.raises(ScanFailed, match="ended with signal SIG"):
        said(endless)


def test_a_scanner_cannot_take_all_memory():
    with pytest.raises(ScanFailed):
        said(lambda reader: str(len(bytearray(4 << 30))))


def test_a_file_that_takes_all_memory_to_unpack_is_an_error():
    packed = lzma.compress(made.calling("os", "system"), format=lzma.FORMAT_ALONE)
    # The size of its dictionary, for which memory is taken before anything is unpacked: 3 GiB.
    greedy = packed[:1] + struct.pack("<L", 3 << 30) + packed[5:]
    report = sandbox.inspect(ArtifactScanner(), io.BytesIO(greedy), size=len(greedy))
    assert report.verdict == Verdict.ERROR
    assert "more memory than a scan may" in report.findings[0].message


def test_a_scanner_that_dies_says_how():
    with pytest.raises(ScanFailed, match="ended with signal SIGSEGV"):
        said(lambda reader: str(ctypes.string_at(0)))


def test_a_scanner_that_fails_is_told_with_its_place(caplog: pytest.LogCaptureFixture):
    with pytest.raises(ScanFailed, match="an error of its own"):
        said(lambda reader: "none"[9])
    assert "IndexError" in caplog.text


def test_nothing_is_read_where_a_child_cannot_be_confined(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def refuse() -> None:
        raise OSError("no filters here")

    monkeypatch.setattr(sandbox.confinement, "close_in", refuse)
    with pytest.raises(ScanFailed, match="an error of its own"):
        said(lambda reader: "read all the same")
    assert "no filters here" in caplog.text


def test_the_child_reaches_no_descriptor_of_its_parent():
    with open(os.devnull) as mine:  # noqa: PTH123

        def reach(reader: BinaryIO) -> str:
            return os.fstat(mine.fileno()).st_mode

        with pytest.raises(ScanFailed, match="an error of its own"):
            said(reach)


REACHING = {
    "a file": lambda: os.open("/etc/passwd", os.O_RDONLY),
    "a new file": lambda: os.open("left-behind", os.O_WRONLY | os.O_CREAT),
    "the network": socket.socket,
    "a socket of its own machine": socket.socketpair,
    "a pipe": os.pipe,
    "another program": lambda: os.execv("/bin/true", ["true"]),
    "another process": os.fork,
    "its parent": lambda: os.kill(os.getppid(), 0),
    "the memory of its parent": lambda: os.pidfd_open(os.getppid()),
    "its limits": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
    "a folder": lambda: next(Path("/").iterdir()),
    "what a file says of itself": lambda: Path("/etc/passwd").stat(),
}


@pytest.mark.parametrize("act", REACHING.values(), ids=REACHING)
def test_the_child_reaches_nothing(act: Callable[[], object]):
    def attempt(reader: BinaryIO) -> str:
        try:
            act()
        except PermissionError:
            return "refused"
        except ValueError as problem:
            # What `resource` makes of it.
            return "refused" if "not allowed" in str(problem) else str(problem)
        return "reached"

    assert said(attempt) == "refused"


def test_the_child_computes_tells_the_time_and_runs_threads():
    def work(reader: BinaryIO) -> str:
        found: list[str] = []
        thread = threading.Thread(target=lambda: found.append(reader.read().decode()))
        thread.start()
        thread.join()
        return f"{found} {time.time() > 0} {len(os.urandom(8))}"

    assert said(work) == "['data'] True 8"


# Runs where nothing was imported for another test.
READING = """
import io, sys, django
django.setup()
from hub.scanning import sandbox
from hub.scanning.scanners import all_scanners
from tests.builders import artifacts, hostile, pickles
scanners = [scanner for scanner in all_scanners().values() if scanner.confined]
sandbox.prepare(scanners)
files = [
    pickles.torch_file(pickles.state_dict()), pickles.calling("os", "system"), b"", b"words", b"{}", b"a: 1",
    artifacts.GOOD_TEMPLATE.encode(), artifacts.BAD_TEMPLATE.encode(), b"{% broken",
    b"{{ ", b"{% if %}{% endfor %}",
    artifacts.safetensors({}), artifacts.gguf([]), artifacts.onnx(), artifacts.saved_model("ReadFile"),
    artifacts.hdf5({"model_config": "{}"}), artifacts.tar_of({"a": b"b"}), artifacts.keras_model().encode(),
    *(text.encode(codec) for codec in sandbox.CODECS[4:] for text in ("{}", "words", "- [a]")),
    *(one if isinstance(one, bytes) else one() for one in hostile.LIES.values()),
]
before = set(sys.modules)
for data in files:
    for scanner in scanners:
        scanner.examine(io.BytesIO(data), size=len(data))
print(sorted(set(sys.modules) - before))
"""


def test_what_the_child_needs_was_read_before():
    done = subprocess.run(
        [sys.executable, "-c", READING], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["[]"], done.stdout + done.stderr


def test_an_error_of_the_store_is_not_the_files():
    class Absent(io.BytesIO):
        def read(self, count: int = -1) -> bytes:
            raise EndpointConnectionError(endpoint_url="http://127.0.0.1")

    with pytest.raises(EndpointConnectionError):
        sandbox.inspect(Trial(endless), Absent(), size=4)


@pytest.mark.parametrize("answer", [b"[]", b"{}", b"no JSON", b"[" * 100_000, b'{"read": ["a", 1]}'])
def test_an_answer_that_makes_no_sense_is_a_failure(answer: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sandbox.json, "dumps", lambda message: answer.decode())
    with pytest.raises(ScanFailed, match="answered what nobody reads"):
        sandbox.inspect(Trial(endless), io.BytesIO(b"data"), size=4)
