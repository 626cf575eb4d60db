"""The wire format of Protocol Buffers, field by field, without a schema.

Source: protobuf.dev, "Encoding". Every byte of a message belongs to a field, or it is none.
"""

from collections.abc import Iterator
from typing import NamedTuple

from hub.scanning.sources import Source, Stream, Truncated

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
LARGEST_FIELD = (1 << 29) - 1
STEPS_BETWEEN_CHECKS = 1024


class BadMessage(Exception):
    """These bytes are no message."""


class Field(NamedTuple):
    """One field: `value` of a number, or where its bytes lie in the source."""

    number: int
    kind: int
    value: int
    start: int
    length: int


class Walker:
    """Walks messages of one source; nothing is read that is only stepped over."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.steps = 0

    def fields(self, start: int, length: int | None) -> Iterator[Field]:
        """The fields of the message at `start`; BadMessage where it is none. None is to the source's end."""
        stream = self.source.open(start)
        end = None if length is None else start + length
        try:
            while (end is None or stream.position < end) and stream.peek(1):
                yield self.field(stream, end)
        except Truncated as problem:
            raise BadMessage from problem
        if end is not None and stream.position != end:
            raise BadMessage

    def field(self, stream: Stream, end: int | None) -> Field:
        """Read one field, and step over its bytes."""
        self.steps += 1
        if not self.steps % STEPS_BETWEEN_CHECKS:
            self.source.budget.step(STEPS_BETWEEN_CHECKS)
        tag = varint(stream)
        number, kind = tag >> 3, tag & 7
        if not 1 <= number <= LARGEST_FIELD:
            raise BadMessage
        if kind == VARINT:
            return Field(number, kind, varint(stream), stream.position, 0)
        if kind == BYTES:
            size = varint(stream)
        elif kind in (FIXED64, FIXED32):
            size = 8 if kind == FIXED64 else 4
        else:
            raise BadMessage
        start = stream.position
        if end is not None and start + size > end:
            raise BadMessage
        stream.skip(size)
        return Field(number, kind, 0, start, size)

    def bytes_of(self, field: Field, most: int) -> bytes:
        """Up to `most` bytes of a field."""
        size = min(field.length, most)
        return self.source.open(field.start).peek(size)[:size]


def varint(stream: Stream) -> int:
    """A number of up to 64 bits."""
    value = shift = 0
    while True:
        byte = stream.read(1)[0]
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value
        if shift >= 70:
            raise BadMessage
