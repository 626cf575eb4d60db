"""Data of R: a promise in place of a value runs when somebody looks at it (CVE-2024-27322, before R 4.4).

Source: R Internals, section 1.8 "Serialization Formats", and serialize.c of R.
"""

from hub.scanning.findings import Severity
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.sources import Stream, Truncated

BINARY, WORKSPACES = b"X\n\0\0\0", (b"RDX2\n", b"RDX3\n")
TEXTS = (b"A\n2\n", b"A\n3\n", b"RDA2\n", b"RDA3\n")
SYMBOL, PAIRS, PROMISE, CHARACTERS = 1, 2, 5, 9
HAS_ATTRIBUTES = 0x200
LONGEST_NAME = 4096


class RData(Format):
    """One value, or the named values of a workspace, of which the first is looked at."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        known = head.startswith((*WORKSPACES, *TEXTS))
        return known or (head.startswith(BINARY) and head[5:6] in (b"\2", b"\3"))

    def inspect(self, judge: Judge, piece: Piece) -> None:
        stream = piece.source.open()
        if stream.peek(5).startswith(TEXTS):
            message = "is data of R written as text, which this scanner does not read"
            judge.say("r-text", message, piece.label, Severity.ERROR)
            return
        try:
            kind = kind_of_first(stream)
        except Truncated:
            judge.say("bad-r-data", "is data of R that is cut off", piece.label, Severity.ERROR)
            return
        if kind == PROMISE:
            message = "is a promise of R, which runs when it is looked at"
            judge.say("promise", message, piece.label, Severity.DANGEROUS)
        judge.hidden(piece.source, 4, piece.label)
        judge.harmless("data of R", piece.label)


def kind_of_first(stream: Stream) -> int:
    """The type of the value, or of the first one of a workspace."""
    workspace = stream.peek(5) in WORKSPACES
    stream.skip(5 if workspace else 0)
    stream.skip(2)
    version = number(stream)
    stream.skip(8)
    if version == 3:
        stream.skip(min(number(stream), LONGEST_NAME))
    flags = number(stream)
    if not workspace or flags & 255 != PAIRS or flags & HAS_ATTRIBUTES:
        return flags & 255
    if number(stream) & 255 == SYMBOL and number(stream) & 255 == CHARACTERS:
        stream.skip(min(number(stream), LONGEST_NAME))
    return number(stream) & 255


def number(stream: Stream) -> int:
    """A number of four bytes, the most significant first."""
    return int.from_bytes(stream.read(4), "big")
