"""The instruction set of pickle, protocols 0 to 5: how each opcode is called and what follows it.

Source: CPython's Lib/pickle.py and Lib/pickletools.py, whose documentation defines the format.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from hub.scanning.pickle_values import OPAQUE, Data
from hub.scanning.sources import Stream

# Longer values are stepped over: no name or shape is that long, and a million of them must fit in memory.
LONGEST_TEXT = 256
LONGEST_NUMBER = 32
LONGEST_NAME = 512
HEAD_OF_DATA = 16
# The first bytes of a pickle with its protocol, or of one without that imports what runs commands.
BEGINNING = re.compile(
    rb"\x80[\x02-\x05](?:\x95.{4}\0{4}|[\x8c(c}\])XU])|"
    rb"[ci](?:os|posix|nt|subprocess|sys|builtins|__builtin__|importlib|runpy|pty|socket|shutil)\n\w",
    re.DOTALL,
)


_ESCAPE = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|(.))", re.DOTALL)
_LETTERS = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\", b"'": b"'", b'"': b'"', b"\n": b""}


class Broken(Exception):
    """The unpickler would stop here; the argument says why."""


class Kind(Enum):
    """How an argument is written."""

    NONE = auto()
    UNSIGNED = auto()
    SIGNED = auto()
    LINE = auto()
    INTEGER_LINE = auto()
    FLOAT_LINE = auto()
    QUOTED_LINE = auto()
    ESCAPED_LINE = auto()
    TWO_LINES = auto()
    LONG = auto()
    TEXT = auto()
    BYTES = auto()


@dataclass(frozen=True, slots=True)
class Opcode:
    """`width` is the size in bytes of the argument, or of the length in front of it."""

    name: str
    kind: Kind = Kind.NONE
    width: int = 0


_PLAIN = {
    "MARK": b"(", "STOP": b".", "POP": b"0", "POP_MARK": b"1", "DUP": b"2", "NONE": b"N", "BINPERSID": b"Q",
    "REDUCE": b"R", "APPEND": b"a", "BUILD": b"b", "DICT": b"d", "EMPTY_DICT": b"}", "APPENDS": b"e",
    "LIST": b"l", "EMPTY_LIST": b"]", "OBJ": b"o", "SETITEM": b"s", "TUPLE": b"t", "EMPTY_TUPLE": b")",
    "SETITEMS": b"u", "NEWOBJ": b"\x81", "TUPLE1": b"\x85", "TUPLE2": b"\x86", "TUPLE3": b"\x87",
    "NEWTRUE": b"\x88", "NEWFALSE": b"\x89", "EMPTY_SET": b"\x8f", "ADDITEMS": b"\x90", "FROZENSET": b"\x91",
    "NEWOBJ_EX": b"\x92", "STACK_GLOBAL": b"\x93", "MEMOIZE": b"\x94", "NEXT_BUFFER": b"\x97",
    "READONLY_BUFFER": b"\x98",
}  # fmt: skip

_WITH_ARGUMENT = {
    b"F": Opcode("FLOAT", Kind.FLOAT_LINE),
    b"I": Opcode("INT", Kind.INTEGER_LINE),
    b"L": Opcode("INT", Kind.INTEGER_LINE),
    b"J": Opcode("INT", Kind.SIGNED, 4),
    b"K": Opcode("INT", Kind.UNSIGNED, 1),
    b"M": Opcode("INT", Kind.UNSIGNED, 2),
    b"\x8a": Opcode("INT", Kind.LONG, 1),
    b"\x8b": Opcode("INT", Kind.LONG, 4),
    b"G": Opcode("FLOAT", Kind.UNSIGNED, 8),
    b"P": Opcode("PERSID", Kind.LINE),
    b"S": Opcode("CONSTANT", Kind.QUOTED_LINE),
    b"V": Opcode("CONSTANT", Kind.ESCAPED_LINE),
    b"T": Opcode("CONSTANT", Kind.TEXT, 4),
    b"U": Opcode("CONSTANT", Kind.TEXT, 1),
    b"X": Opcode("CONSTANT", Kind.TEXT, 4),
    b"\x8c": Opcode("CONSTANT", Kind.TEXT, 1),
    b"\x8d": Opcode("CONSTANT", Kind.TEXT, 8),
    b"B": Opcode("BYTES", Kind.BYTES, 4),
    b"C": Opcode("BYTES", Kind.BYTES, 1),
    b"\x8e": Opcode("BYTES", Kind.BYTES, 8),
    b"\x96": Opcode("BYTES", Kind.BYTES, 8),
    b"c": Opcode("GLOBAL", Kind.TWO_LINES),
    b"i": Opcode("INST", Kind.TWO_LINES),
    b"g": Opcode("GET", Kind.INTEGER_LINE),
    b"h": Opcode("GET", Kind.UNSIGNED, 1),
    b"j": Opcode("GET", Kind.UNSIGNED, 4),
    b"p": Opcode("PUT", Kind.INTEGER_LINE),
    b"q": Opcode("PUT", Kind.UNSIGNED, 1),
    b"r": Opcode("PUT", Kind.UNSIGNED, 4),
    b"\x80": Opcode("PROTO", Kind.UNSIGNED, 1),
    b"\x82": Opcode("EXTENSION", Kind.UNSIGNED, 1),
    b"\x83": Opcode("EXTENSION", Kind.UNSIGNED, 2),
    b"\x84": Opcode("EXTENSION", Kind.SIGNED, 4),
    b"\x95": Opcode("FRAME", Kind.UNSIGNED, 8),
}

OPCODES: dict[bytes, Opcode] = {
    **{byte: Opcode(name) for name, byte in _PLAIN.items()},
    **_WITH_ARGUMENT,
}


def read_argument(opcode: Opcode, stream: Stream) -> object:
    """The opcode's argument: int, str, Data, a pair of str, or OPAQUE; Broken when no unpickler takes it."""
    return _READERS[opcode.kind](stream, opcode.width)


def _unsigned(stream: Stream, width: int) -> int:
    return int.from_bytes(stream.read(width), "little")


def _signed(stream: Stream, width: int) -> int:
    return int.from_bytes(stream.read(width), "little", signed=True)


def _integer_line(stream: Stream, _width: int) -> object:
    """A number as text; C takes an empty line and anything after a NUL, so nothing stops the machine."""
    digits = stream.line(LONGEST_TEXT).partition(b"\0")[0].strip().removesuffix(b"L")
    if len(digits.lstrip(b"+-0_")) > LONGEST_NUMBER:
        return OPAQUE
    for base in (10, 0):
        try:
            return int(digits, base)
        except ValueError:
            continue
    return OPAQUE


def _float_line(stream: Stream, _width: int) -> object:
    stream.line(0)
    return OPAQUE


def _quoted_line(stream: Stream, _width: int) -> object:
    line = stream.line(LONGEST_TEXT + 1)
    if len(line) > LONGEST_TEXT:
        return OPAQUE
    line = line.strip()
    if len(line) < 2 or line[:1] != line[-1:] or line[:1] not in (b"'", b'"'):
        raise Broken("a string without quotes")
    return _ESCAPE.sub(_unescaped, line[1:-1]).decode("latin-1")


def _unescaped(match: re.Match[bytes]) -> bytes:
    hexadecimal, octal, letter = match.groups()
    if hexadecimal:
        return bytes([int(hexadecimal, 16)])
    return bytes([int(octal, 8) & 0xFF]) if octal else _LETTERS.get(letter, b"\\" + letter)


def _escaped_line(stream: Stream, _width: int) -> object:
    line = stream.line(LONGEST_TEXT + 1)
    return OPAQUE if len(line) > LONGEST_TEXT else line.decode("raw-unicode-escape", "replace")


def _two_lines(stream: Stream, _width: int) -> tuple[str, str]:
    module, name = stream.line(LONGEST_NAME + 1), stream.line(LONGEST_NAME + 1)
    return module.decode("utf-8", "replace"), name.decode("utf-8", "replace")


def _long(stream: Stream, width: int) -> object:
    length = _unsigned(stream, width)
    if length > LONGEST_NUMBER:
        stream.skip(length)
        return OPAQUE
    return int.from_bytes(stream.read(length), "little", signed=True)


def _text(stream: Stream, width: int) -> object:
    length = _unsigned(stream, width)
    if length > LONGEST_TEXT:
        stream.skip(length)
        return OPAQUE
    return stream.read(length).decode("utf-8", "replace")


def _bytes(stream: Stream, width: int) -> Data:
    length = _unsigned(stream, width)
    data = Data(stream.position, length, stream.peek(HEAD_OF_DATA)[:HEAD_OF_DATA])
    stream.skip(length)
    return data


_READERS = {
    Kind.NONE: lambda _stream, _width: None,
    Kind.UNSIGNED: _unsigned,
    Kind.SIGNED: _signed,
    Kind.LINE: lambda stream, _width: stream.line(0),
    Kind.INTEGER_LINE: _integer_line,
    Kind.FLOAT_LINE: _float_line,
    Kind.QUOTED_LINE: _quoted_line,
    Kind.ESCAPED_LINE: _escaped_line,
    Kind.TWO_LINES: _two_lines,
    Kind.LONG: _long,
    Kind.TEXT: _text,
    Kind.BYTES: _bytes,
}
