"""Arrays of NumPy: numbers that fill the file exactly, or the pickle of an array of objects."""

import re
from collections.abc import Mapping
from typing import Protocol

from hub.scanning import numpy_headers
from hub.scanning.findings import Severity
from hub.scanning.formats.base import Judge
from hub.scanning.pickle_state import Trace, matters
from hub.scanning.sources import Source, Stream, Truncated

NUMPY = b"\x93NUMPY"
LARGEST_HEADER = 64 * 1024
_OBJECT = re.compile(rb"""['"](?:[|<>=]?O\d*|object_?)['"]""")


class Follower(Judge, Protocol):
    """A judge who also follows pickles."""

    def follow(self, source: Source, offset: int, label: str, hints: Mapping[str, bool]) -> Trace:
        """What the pickle at `offset` does."""

    def keep(self, trace: Trace, label: str) -> None:
        """Take over what it does."""


def look_in_array(judge: Follower, source: Source, label: str, hints: Mapping[str, bool]) -> bool:
    """Inspect the pickle of an array of objects; an array of numbers holds none."""
    stream = source.open()
    try:
        version = stream.read(8)[6]
        length = int.from_bytes(stream.read(2 if version == 1 else 4), "little")
        header = stream.read(min(length, LARGEST_HEADER))
        stream.skip(length - len(header))
    except Truncated:
        return False
    if length <= LARGEST_HEADER and not numpy_headers.is_plain(header):
        judge.say("odd-array", "has a header that NumPy does not write", label, Severity.SUSPICIOUS)
    trace = judge.follow(source, stream.position, label, hints)
    objects = _OBJECT.search(header) or length > LARGEST_HEADER
    if not objects:
        check_array(judge, stream, header, label)
    if not objects and not matters(trace):
        message = "This is an array without objects: loading it unpickles nothing."
        judge.say("not-a-pickle", message, label, Severity.INFO)
        return True
    judge.keep(trace, label)
    if not objects:
        judge.say("hidden-pickle", "has a pickle where numbers should be", label, Severity.SUSPICIOUS)
    return True


def check_array(judge: Judge, stream: Stream, header: bytes, label: str) -> None:
    """Say where the numbers are fewer or more than the header announces; one array may follow another."""
    size = numpy_headers.data_size(header)
    if size is None:
        return
    try:
        stream.skip(size)
    except Truncated:
        judge.say("broken-array", "ends before the array that it announces", label, Severity.ERROR)
        return
    rest = stream.peek(len(NUMPY))[: len(NUMPY)]
    if rest == NUMPY:
        message = "holds a second array behind the first, which was not scanned"
        judge.say("data-after", message, label, Severity.UNKNOWN)
    elif rest:
        judge.say("data-after", "has data after its array", label, Severity.SUSPICIOUS)
