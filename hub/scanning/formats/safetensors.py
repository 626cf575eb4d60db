"""safetensors: a JSON header that must account for every byte of the file, in order and without gaps.

Source: the safetensors crate, SafeTensors::read_metadata and Metadata::validate.
"""

import json
from math import prod
from typing import Any

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.sources import Truncated

LARGEST_HEADER = 100_000_000
LARGEST_READ = 32 << 20
# In bits: the newest types are smaller than a byte.
BITS = {"BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32}
BITS |= {"F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8}
BITS |= {"F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}


class BadHeader(Exception):
    """The header breaks a rule of the format; the argument says which."""


class Twice(BadHeader):
    """A key stands in the header twice, and readers differ in which of the two they take."""


class Safetensors(Format):
    """Safe when the header is exact: the format has no place for code."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        if head[8:9] != b"{":
            return False
        if 2 <= int.from_bytes(head[:8], "little") <= LARGEST_HEADER:
            return True
        # A length that is a lie. Text may have a brace there too, but its first eight bytes are letters.
        return head[9:].lstrip()[:1] in (b'"', b"}") and not is_letters(head[:8])

    def inspect(self, judge: Judge, piece: Piece) -> None:
        try:
            check(piece)
        except Twice as problem:
            judge.say("bad-safetensors", f"safetensors whose {problem}", piece.label, Severity.SUSPICIOUS)
        except BadHeader as problem:
            judge.say("bad-safetensors", f"safetensors whose {problem}", piece.label, Severity.ERROR)
        else:
            judge.harmless("a safetensors file", piece.label)


def is_letters(data: bytes) -> bool:
    """Whether these are printable ASCII or white space."""
    return all(32 <= byte < 127 or byte in b"\t\r\n" for byte in data)


def check(piece: Piece) -> None:
    """Raise BadHeader unless the whole file is as its header says."""
    stream = piece.source.open()
    try:
        length = int.from_bytes(stream.read(8), "little")
        if length > LARGEST_HEADER or (piece.size is not None and length > piece.size - 8):
            raise BadHeader("header is longer than the file or the format allows")
        if length > LARGEST_READ:
            raise BadHeader("header is larger than a scan reads")
        text = stream.read(length)
        header = json.loads(text.decode(), object_pairs_hook=unique, parse_constant=refuse)
        end = check_header(header)
        stream.skip(end)
    except Truncated as problem:
        raise BadHeader("data ends before its header says") from problem
    except (ValueError, RecursionError) as problem:
        raise BadHeader("header is no JSON of UTF-8") from problem
    if stream.peek(1):
        raise BadHeader("data goes on after its last tensor")


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dictionary, unless a key stands there twice."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Twice("header names something twice, so that two readers may see different tensors")
    return found


def refuse(_constant: str) -> None:
    """NaN and Infinity are no JSON."""
    raise BadHeader("header is no JSON")


def check_header(header: Any) -> int:
    """The number of bytes that the tensors take, or BadHeader."""
    if not isinstance(header, dict):
        raise BadHeader("header is no object")
    notes = header.pop("__metadata__", {})
    if not isinstance(notes, dict) or not all(isinstance(value, str) for value in notes.values()):
        raise BadHeader("notes (__metadata__) are not texts")
    end = 0
    for start, stop in sorted(span(name, tensor) for name, tensor in header.items()):
        if start != end:
            raise BadHeader("tensors overlap or leave gaps")
        end = stop
    return end


def span(name: str, tensor: Any) -> tuple[int, int]:
    """Where a tensor lies, which must be as long as its shape and type say."""
    match tensor:
        case {"dtype": str() as dtype, "shape": list() as shape, "data_offsets": [start, stop]}:
            numbers = [*shape, start, stop]
        case _:
            raise BadHeader(f"tensor {printable(name)} lacks its type, shape or place")
    if len(tensor) != 3 or not all(type(number) is int and 0 <= number < 1 << 64 for number in numbers):
        raise BadHeader(f"tensor {printable(name)} has something other than type, shape and place")
    if dtype not in BITS:
        raise BadHeader(f"tensor {printable(name)} has the type {printable(dtype)}, which is not known")
    if prod(shape[:64]) * BITS[dtype] != 8 * (stop - start) or len(shape) > 64:
        raise BadHeader(f"tensor {printable(name)} is not as long as its shape says")
    return start, stop
