"""Headers of gguf files, versions 2 and 3, little- and big-endian (pure).

The format (ggml docs/gguf.md): magic, version, number of tensors, number of metadata entries, the entries
(key, type, value), then of each tensor its name, dimensions, type and offset.
"""

import math
import struct
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from hub.compute.errors import GgufInvalid
from hub.compute.tensors import Tensor

MAGIC, VERSIONS = b"GGUF", (2, 3)
MOST_BYTES = 64 * 1024 * 1024
MOST_ENTRIES, MOST_TENSORS, MOST_ELEMENTS = 10_000, 200_000, 4_000_000
LONGEST_NAME, LONGEST_TEXT, MOST_DIMENSIONS = 65_535, 16 * 1024 * 1024, 8
# What a text may have to be kept rather than passed over, in bytes.
LONGEST_KEPT = 64 * 1024
PIECE = 1024 * 1024
TEXT, ARRAY = 8, 9
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# ggml's types of tensors by their numbers (ggml.h).
TYPES = {
    0: "F32",
    1: "F16",
    2: "Q4_0",
    3: "Q4_1",
    6: "Q5_0",
    7: "Q5_1",
    8: "Q8_0",
    9: "Q8_1",
    10: "Q2_K",
    11: "Q3_K",
    12: "Q4_K",
    13: "Q5_K",
    14: "Q6_K",
    15: "Q8_K",
    16: "IQ2_XXS",
    17: "IQ2_XS",
    18: "IQ3_XXS",
    19: "IQ1_S",
    20: "IQ4_NL",
    21: "IQ3_S",
    22: "IQ2_S",
    23: "IQ4_XS",
    24: "I8",
    25: "I16",
    26: "I32",
    27: "I64",
    28: "F64",
    29: "IQ1_M",
    30: "BF16",
    34: "TQ1_0",
    35: "TQ2_0",
    39: "MXFP4",
}
# Weights in a block of a type, and the block's bytes (ggml-common.h).
BLOCKS = {0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36)}
BLOCKS |= {10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292)}
BLOCKS |= {16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110)}
BLOCKS |= {22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8)}
BLOCKS |= {29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17)}


@dataclass(frozen=True)
class Header:
    """What a gguf file says: its metadata without arrays and long texts, and its weights of each type.

    `arrays` are how many elements each array of the metadata has; shapes are as the file has them.
    """

    metadata: dict[str, Any]
    parameters: dict[str, int]
    tensors: list[Tensor] = field(default_factory=list)
    arrays: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All weights."""
        return sum(self.parameters.values())

    @property
    def architecture(self) -> str | None:
        """The name of the architecture."""
        return self._text("general.architecture")

    @property
    def context_length(self) -> int | None:
        """How many tokens the model was trained to see at once."""
        found = self.metadata.get(f"{self.architecture}.context_length")
        return found if type(found) is int and 0 < found < 2**53 else None

    @property
    def quantization(self) -> str | None:
        """The type of most of the weights."""
        return max(self.parameters, key=lambda name: self.parameters[name], default=None)

    @property
    def chat_template(self) -> str | None:
        """The template of a conversation."""
        return self._text("tokenizer.chat_template")

    def _text(self, key: str) -> str | None:
        found = self.metadata.get(key)
        return found if isinstance(found, str) and found else None


def read_header(stream: BinaryIO, size: int) -> Header:
    """The header of a file of `size` bytes, of which only the header is read; GgufInvalid."""
    if stream.read(4) != MAGIC:
        raise GgufInvalid("the file does not begin with GGUF")
    cursor = _Cursor(stream)
    cursor.find_order()
    tensors, entries = cursor.count(MOST_TENSORS, "tensors"), cursor.count(MOST_ENTRIES, "metadata entries")
    metadata: dict[str, Any] = {}
    arrays: dict[str, int] = {}
    for _ in range(entries):
        key = cursor.text(LONGEST_NAME)
        if key is None or key in metadata:
            raise GgufInvalid("a key of the metadata is not UTF-8, or stands twice")
        kind = cursor.number("I")
        metadata[key] = None
        if kind == ARRAY:
            arrays[key] = cursor.pass_array()
        else:
            metadata[key] = cursor.value(kind)
    listed = _tensors(cursor, tensors, size)
    parameters: Counter[str] = Counter()
    for tensor in listed:
        parameters[tensor.dtype] += tensor.count
    if sum(parameters.values()) > size * 8:
        raise GgufInvalid("the tensors have more weights than the file has bits")
    kept = {key: value for key, value in metadata.items() if value is not None}
    return Header(kept, dict(sorted(parameters.items())), listed, arrays)


def _tensors(cursor: "_Cursor", tensors: int, size: int) -> list[Tensor]:
    """The tensors; GgufInvalid for one that the file has no room for."""
    found = []
    for _ in range(tensors):
        name = cursor.text(LONGEST_NAME)
        dimensions = cursor.number("I")
        if dimensions > MOST_DIMENSIONS:
            raise GgufInvalid(f"a tensor has {dimensions} dimensions")
        shape = tuple(cursor.number("Q") for _ in range(dimensions))
        count = math.prod(shape)
        kind, offset = cursor.number("I"), cursor.number("Q")
        if offset >= size or count > size * 8:
            raise GgufInvalid("a tensor lies outside of the file")
        weights, length = BLOCKS.get(kind, (1, None))
        bytes_ = None if length is None else -(-count // weights) * length
        found.append(Tensor(name or "", TYPES.get(kind, f"type {kind}"), shape, bytes_))
    return found


class _Cursor:
    """Reads the values of a header one after the other, up to a number of bytes in all."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.left = MOST_BYTES
        self.order = "<"

    def find_order(self) -> None:
        """Read the version, which is small in the right order of bytes only."""
        data = self.take(4)
        for self.order in "<>":
            if struct.unpack(f"{self.order}I", data)[0] in VERSIONS:
                return
        raise GgufInvalid("the version is none of 2 and 3")

    def take(self, length: int) -> bytes:
        """The next bytes."""
        self._spend(length)
        data = self.stream.read(length)
        if len(data) < length:
            raise GgufInvalid("the file ends inside its header")
        return data

    def skip(self, length: int) -> None:
        """Pass over the next bytes, reading them, so that the end of the file is noticed."""
        while length > 0:
            length -= len(self.take(min(length, PIECE)))

    def number(self, form: str) -> Any:
        """The next number, in a form of `struct`."""
        return struct.unpack(self.order + form, self.take(struct.calcsize(form)))[0]

    def count(self, most: int, what: str) -> int:
        """The next number, of things of which there are at most so many."""
        found = self.number("Q")
        if found > most:
            raise GgufInvalid(f"{found} {what} are more than the hub reads")
        return found

    def text(self, longest: int) -> str | None:
        """The next text; None when it is not UTF-8, or too long to be kept."""
        length = self.count(longest, "bytes of text")
        if length > LONGEST_KEPT:
            self.skip(length)
            return None
        try:
            return self.take(length).decode()
        except UnicodeDecodeError:
            return None

    def value(self, kind: int) -> Any:
        """The next value of that type, which is no array; None for what is no text."""
        if kind == TEXT:
            return self.text(LONGEST_TEXT)
        if kind not in NUMBERS:
            raise GgufInvalid(f"the metadata has a value of the unknown type {kind}")
        return self.number(NUMBERS[kind])

    def pass_array(self) -> int:
        """Pass over the next array; how many elements it has."""
        kind = self.number("I")
        length = self.count(MOST_ELEMENTS, "elements of an array")
        if kind == TEXT:
            for _ in range(length):
                self.skip(self.count(LONGEST_TEXT, "bytes of text"))
        elif kind in NUMBERS:
            self.skip(length * struct.calcsize(f"={NUMBERS[kind]}"))
        else:
            raise GgufInvalid(f"the metadata has an array of the type {kind}")
        return length

    def _spend(self, length: int) -> None:
        self.left -= length
        if self.left < 0:
            raise GgufInvalid(f"the header is longer than {MOST_BYTES} bytes")
