"""Headers of gguf files, versions 2 and 3, little- and big-endian (pure).

The format (ggml docs/gguf.md): magic, version, number of tensors, number of metadata entries, the entries
(key, type, value), then of each tensor its name, dimensions, type and offset.
"""

import math
import struct
from collections import Counter
from dataclasses import dataclass
from typing import Any, BinaryIO

from hub.compute.errors import GgufInvalid

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


@dataclass(frozen=True)
class Header:
    """What a gguf file says: its metadata without arrays and long texts, and its weights of each type."""

    metadata: dict[str, Any]
    parameters: dict[str, int]

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
    for _ in range(entries):
        key = cursor.text(LONGEST_NAME)
        if key is None or key in metadata:
            raise GgufInvalid("a key of the metadata is not UTF-8, or stands twice")
        metadata[key] = cursor.value(cursor.number("I"))
    parameters = _weights(cursor, tensors, size)
    return Header({key: value for key, value in metadata.items() if value is not None}, parameters)


def _weights(cursor: "_Cursor", tensors: int, size: int) -> dict[str, int]:
    """How many weights of each type there are; more than the file has bits for is GgufInvalid."""
    found: Counter[str] = Counter()
    for _ in range(tensors):
        cursor.text(LONGEST_NAME)
        dimensions = cursor.number("I")
        if dimensions > MOST_DIMENSIONS:
            raise GgufInvalid(f"a tensor has {dimensions} dimensions")
        count = math.prod(cursor.number("Q") for _ in range(dimensions))
        kind, offset = cursor.number("I"), cursor.number("Q")
        if offset >= size or count > size * 8:
            raise GgufInvalid("a tensor lies outside of the file")
        found[TYPES.get(kind, f"type {kind}")] += count
    if sum(found.values()) > size * 8:
        raise GgufInvalid("the tensors have more weights than the file has bits")
    return dict(sorted(found.items()))


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
        """The next value of that type; None for arrays, which are passed over, and for what is no text."""
        if kind == TEXT:
            return self.text(LONGEST_TEXT)
        if kind == ARRAY:
            return self._pass_array()
        if kind not in NUMBERS:
            raise GgufInvalid(f"the metadata has a value of the unknown type {kind}")
        return self.number(NUMBERS[kind])

    def _pass_array(self) -> None:
        kind = self.number("I")
        length = self.count(MOST_ELEMENTS, "elements of an array")
        if kind == TEXT:
            for _ in range(length):
                self.skip(self.count(LONGEST_TEXT, "bytes of text"))
        elif kind in NUMBERS:
            self.skip(length * struct.calcsize(f"={NUMBERS[kind]}"))
        else:
            raise GgufInvalid(f"the metadata has an array of the type {kind}")

    def _spend(self, length: int) -> None:
        self.left -= length
        if self.left < 0:
            raise GgufInvalid(f"the header is longer than {MOST_BYTES} bytes")
