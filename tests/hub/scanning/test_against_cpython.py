"""Random programs, read by CPython's unpicklers with imports replaced: the scanner must see every import."""

import io
import pickle
import random
import struct
from contextlib import suppress

import pytest

from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.verdicts import Verdict

PROGRAMS = 4000
NUMBERS = [b"0", b"1", b" 1", b"01", b"+1", b"1\0x", b"", b"0_1", b"0x1", b"1L", b"0" * 40 + b"1", b"-1"]
PLAIN = [bytes([code]) for code in b"(N0tlde]})asRbo2.\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x93\x94"]
IMPORTS = [b"cos\nsystem\n", b"c os\nsystem\n", b"cos\nsystem\r\n", b"(ios\nsystem\n"]
# What stops an unpickler, according to its documentation and to what was seen.
STOPS = (pickle.UnpicklingError, EOFError, LookupError, ValueError, TypeError, AttributeError, OverflowError)


class Stand:
    """Takes the place of whatever a program imports, and of what calling that gives."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        pass

    def __call__(self, *args: object, **kwargs: object) -> "Stand":
        return Stand()

    def __setstate__(self, state: object) -> None:
        pass


def recorder(base: type) -> type:
    """An unpickler that only notes what it would import."""

    class Recorder(base):
        def __init__(self, data: bytes) -> None:
            super().__init__(io.BytesIO(data))
            self.imports: set[tuple[str, str]] = set()

        def find_class(self, module: str, name: str) -> type:
            self.imports.add((module, name))
            return Stand

    return Recorder


RECORDERS = [recorder(pickle.Unpickler), recorder(pickle._Unpickler)]


def spelled(words: bytes, choice: random.Random) -> bytes:
    """One of the many ways to push a string."""
    escaped = b"".join(b"\\x%02x" % code for code in words)
    octal = b"".join(b"\\%03o" % code for code in words)
    wide = b"".join(b"\\u%04x" % code for code in words)
    ways = [
        b"\x8c" + bytes([len(words)]) + words,
        b"X" + struct.pack("<I", len(words)) + words,
        b"\x8d" + struct.pack("<Q", len(words)) + words,
        b"U" + bytes([len(words)]) + words,
        b"T" + struct.pack("<i", len(words)) + words,
        b"V" + words + b"\n",
        b"V" + wide + b"\n",
        b"S'" + words + b"'\n",
        b'S"' + escaped + b'"\n',
        b"S'" + octal + b"' \n",
    ]
    return choice.choice(ways)


def instruction(choice: random.Random) -> bytes:
    """One instruction, with an argument that some unpickler may take.

    LONG_BINPUT is left out: read out of step it asks C for gigabytes.
    """
    ways = [
        lambda: choice.choice(PLAIN),
        lambda: choice.choice(PLAIN),
        lambda: spelled(choice.choice([b"os", b"system"]), choice),
        lambda: spelled(choice.choice([b"os", b"system"]), choice),
        lambda: choice.choice(IMPORTS),
        lambda: choice.choice([b"I", b"L", b"F", b"p", b"g"]) + choice.choice(NUMBERS) + b"\n",
        lambda: choice.choice([b"q", b"h", b"h", b"K"]) + bytes([choice.randint(0, 3)]),
        lambda: choice.choice([b"j", b"J"]) + struct.pack("<i", choice.randint(0, 3)),
        lambda: b"\x80" + bytes([choice.randint(0, 6)]),
        lambda: b"\x95" + struct.pack("<Q", choice.choice([0, 1, 5, 20, 100])),
        lambda: choice.choice(
            [b"C\x02ab", b"\x8a\x01\x01", b"\x8b\x01\0\0\0\x01", b"M\1\0", b"G" + bytes(8)]
        ),
    ]
    return choice.choice(ways)()


def program(choice: random.Random) -> bytes:
    """A few instructions, more often than not with a beginning and an end."""
    start = choice.choice([b"", b"\x80\x02", b"\x80\x04", b"\x80\x05"])
    body = b"".join(instruction(choice) for _ in range(choice.randint(2, 25)))
    return start + body + choice.choice([b"", b"."])


def imports_of(data: bytes) -> set[tuple[str, str]]:
    """What CPython imports before it stops, in C and in Python."""
    found = set()
    for kind in RECORDERS:
        unpickler = kind(data)
        with suppress(*STOPS):
            unpickler.load()
        found |= unpickler.imports
    return found


@pytest.mark.filterwarnings("ignore:invalid escape:DeprecationWarning")
@pytest.mark.parametrize("seed", range(2))
def test_whatever_cpython_imports_is_seen(seed: int):
    choice = random.Random(seed)
    programs = [program(choice) for _ in range(PROGRAMS)]
    reaching = [data for data in programs if ("os", "system") in imports_of(data)]
    assert len(reaching) > 50
    scanner = ArtifactScanner()
    for data in reaching:
        report = scanner.inspect(io.BytesIO(data), size=len(data), path="")
        assert report.verdict == Verdict.DANGEROUS, data
