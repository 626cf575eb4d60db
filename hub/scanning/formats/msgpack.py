"""MessagePack, in which Flax keeps weights: nested data whose lengths must fit the file.

Source: the MessagePack specification, and flax.serialization for the types of its own.
"""

from hub.scanning.findings import Severity
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.pickle_opcodes import BEGINNING
from hub.scanning.sources import Source, Stream, Truncated

DEEPEST = 64
MOST_VALUES = 3_000_000
MOST_PICKLES = 100
HEAD = 64
# Types of Flax: an array, a complex number, a number of NumPy.
FLAX = {1, 2, 3}
_MAPS = {0xDE: 2, 0xDF: 4}
_LISTS = {0xDC: 2, 0xDD: 4}
_TEXTS = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_BYTES = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_PLAIN = {0xC0: 0, 0xC2: 0, 0xC3: 0, 0xCA: 4, 0xCB: 8, 0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8}
_PLAIN |= {0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8}
_FIXED = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_EXTENSIONS = {0xC7: 1, 0xC8: 2, 0xC9: 4}


class MessagePack(Format):
    """A map with texts as keys, to the last byte, with no other types than Flax's own."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        filled = 0x81 <= head[0] <= 0x8F or 0x91 <= head[0] <= 0x9F or head[0] in _MAPS or head[0] in _LISTS
        empty = head[:2] == b"\x80" and piece.size == 1
        return empty or (filled and len(head) > 4 and is_whole(piece.source, []))

    def inspect(self, judge: Judge, piece: Piece) -> None:
        pickles: list[tuple[int, int]] = []
        is_whole(piece.source, pickles)
        for at, length in pickles:
            # msgpack_numpy writes arrays of objects so, and loads them.
            judge.look_at_bytes(piece.source, at, length, piece.place(f"bytes at {at}"))
        judge.say("not-a-pickle", "This is MessagePack: loading it runs nothing.", piece.label, Severity.INFO)


def is_whole(source: Source, pickles: list[tuple[int, int]]) -> bool:
    """Whether the source is one value of MessagePack that a scan can follow; notes bytes like a pickle's."""
    stream = source.open()
    waiting = [1]
    steps = 0
    try:
        while waiting:
            if waiting[-1] == 0:
                waiting.pop()
                continue
            waiting[-1] -= 1
            steps += 1
            if not steps % 4096:
                source.budget.step(4096)
            inner = value(stream, pickles)
            if inner is None or steps > MOST_VALUES or len(waiting) > DEEPEST:
                return False
            waiting.append(inner)
    except Truncated:
        return False
    return not stream.peek(1)


def value(stream: Stream, pickles: list[tuple[int, int]]) -> int | None:
    """Step over one value; how many values it consists of, None for what is not followed."""
    code = stream.read(1)[0]
    if code < 0x80 or code >= 0xE0 or code in _PLAIN:
        stream.skip(_PLAIN.get(code, 0))
    elif code < 0x90 or code in _MAPS:
        return 2 * (number(stream, _MAPS[code]) if code in _MAPS else code & 15)
    elif code < 0xA0 or code in _LISTS:
        return number(stream, _LISTS[code]) if code in _LISTS else code & 15
    elif code < 0xC0:
        stream.skip(code & 31)
    elif code in _TEXTS or code in _BYTES:
        length = number(stream, _TEXTS.get(code) or _BYTES[code])
        if code in _BYTES and len(pickles) < MOST_PICKLES and BEGINNING.match(stream.peek(HEAD)):
            pickles.append((stream.position, length))
        stream.skip(length)
    elif code in _EXTENSIONS or code in _FIXED:
        length = number(stream, _EXTENSIONS[code]) if code in _EXTENSIONS else _FIXED[code]
        if stream.read(1)[0] not in FLAX:
            return None
        stream.skip(length)
    else:
        return None
    return 0


def number(stream: Stream, width: int) -> int:
    """A length, with the most significant byte first."""
    return int.from_bytes(stream.read(width), "big")
