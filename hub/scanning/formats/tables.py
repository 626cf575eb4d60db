"""Weights and tables of other frameworks that are recognised by their structure and cannot carry code."""

import re
import struct
from functools import cache

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Format, Judge, Piece
from hub.scanning.formats.protobuf import TENSORFLOW_FILES, TENSORFLOW_PYTHON
from hub.scanning.sources import Truncated

LARGEST_RECORD = 1 << 40
LARGEST_MODEL = 64 << 20
MOST_OPERATORS = 10_000
LONGEST_WORD = 200
_COUNTS = re.compile(rb"([1-9]\d{0,8}) ([1-9]\d{0,4})\n")
TABLE_MAGIC = struct.pack("<Q", 0xDB4775248B80FB57)
CORE_ML_ENTRY = struct.pack("<L", 0xDEADBEEF)


class CoreMlWeights(Format):
    """weight.bin of a Core ML package: a count, version 2, and a marked entry for each tensor."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return head[4:8] == b"\2\0\0\0" and head[8:64] == bytes(56) and head[64:68] == CORE_ML_ENTRY

    def inspect(self, judge: Judge, piece: Piece) -> None:
        judge.harmless("weights of Core ML", piece.label)


class WordVectors(Format):
    """The binary format of word2vec: how many words of how many numbers, then each word and its numbers."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        counts = _COUNTS.match(head)
        if counts is None or piece.size is None:
            return False
        words, numbers = int(counts[1]), int(counts[2])
        first = piece.source.open(counts.end()).peek(LONGEST_WORD)[:LONGEST_WORD]
        word, space, _ = first.partition(b" ")
        least = words * (2 + 4 * numbers)
        return bool(word and space) and least <= piece.size - counts.end() <= least + words * LONGEST_WORD

    def inspect(self, judge: Judge, piece: Piece) -> None:
        judge.harmless("a file of word vectors", piece.label)


class Ubjson(Format):
    """An object of Universal Binary JSON as XGBoost writes it: its first key has a length of eight bytes."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        length = int.from_bytes(head[2:10], "big")
        name = head[10 : 10 + length]
        return head[:2] == b"{L" and 0 < length < len(head) - 10 and name.replace(b"_", b"").isalnum()

    def inspect(self, judge: Judge, piece: Piece) -> None:
        judge.harmless("Universal Binary JSON", piece.label)


class Checkpoint(Format):
    """The index of a TensorFlow checkpoint: a table of LevelDB, known by its last eight bytes."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        if piece.size is None or piece.size < 48 or piece.size > LARGEST_MODEL:
            return False
        return piece.source.open(piece.size - 8).peek(8) == TABLE_MAGIC

    def inspect(self, judge: Judge, piece: Piece) -> None:
        judge.harmless("the index of a TensorFlow checkpoint", piece.label)


class Records(Format):
    """TFRecord: a length with a checksum of its own before each record."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        if len(head) < 16 or int.from_bytes(head[:8], "little") > LARGEST_RECORD:
            return False
        return masked_crc(head[:8]) == int.from_bytes(head[8:12], "little")

    def inspect(self, judge: Judge, piece: Piece) -> None:
        stream = piece.source.open()
        try:
            while stream.peek(1):
                judge.budget.step(4)
                length = stream.read(8)
                if masked_crc(length) != int.from_bytes(stream.read(4), "little"):
                    raise Truncated("a checksum is wrong")
                stream.skip(int.from_bytes(length, "little") + 4)
        except Truncated as problem:
            judge.say("bad-records", f"TFRecord that is damaged: {problem}", piece.label, Severity.ERROR)
        judge.harmless("a file of TFRecord", piece.label)


@cache
def crc_table() -> list[int]:
    """CRC-32C, the reflected polynomial of Castagnoli."""
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


def masked_crc(data: bytes) -> int:
    """The checksum as TFRecord stores it."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ crc_table()[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


class TensorFlowLite(Format):
    """A FlatBuffer with the mark TFL3; operators of its own are told, those that reach out are dangerous."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return head[4:8] == b"TFL3"

    def inspect(self, judge: Judge, piece: Piece) -> None:
        try:
            names = sorted(custom_operators(judge, Flat(piece)))
        except Truncated as problem:
            message = f"TensorFlow Lite that is damaged: {problem}"
            judge.say("bad-tflite", message, piece.label, Severity.ERROR)
            return
        for name in names:
            if name.removeprefix("Flex") in TENSORFLOW_PYTHON | TENSORFLOW_FILES:
                words = f"has the operation {printable(name)}, which reaches Python, files or the network"
                judge.say("operation", words, piece.label, Severity.DANGEROUS)
        judge.harmless("a TensorFlow Lite model", piece.label)


class Flat:
    """Reads a FlatBuffer; what leads out of the file is Truncated. Source: flatbuffers.dev, "Internals"."""

    def __init__(self, piece: Piece) -> None:
        self.piece = piece

    def bytes_at(self, at: int, count: int) -> bytes:
        if (
            at < 0
            or count < 0
            or count > LARGEST_MODEL
            or (self.piece.size is not None and at > self.piece.size)
        ):
            raise Truncated("an offset leads out of the file")
        return self.piece.source.open(at).read(count)

    def number(self, at: int, width: int = 4) -> int:
        return int.from_bytes(self.bytes_at(at, width), "little")

    def follow(self, at: int) -> int:
        """The place that an offset at this place points to."""
        return at + self.number(at)

    def field(self, table: int, index: int) -> int | None:
        """Where a field of a table is; None when the table lacks it."""
        layout = table - int.from_bytes(self.bytes_at(table, 4), "little", signed=True)
        slot = 4 + 2 * index
        if slot >= self.number(layout, 2):
            return None
        offset = self.number(layout + slot, 2)
        return table + offset if offset else None

    def text(self, at: int) -> str:
        """A string, of which only the beginning matters."""
        return self.bytes_at(at + 4, min(self.number(at), 200)).decode("utf-8", "replace")


def custom_operators(judge: Judge, flat: Flat) -> set[str]:
    """The names of operators that TensorFlow Lite does not have itself."""
    place = flat.field(flat.follow(0), 1)
    if place is None:
        return set()
    codes = flat.follow(place)
    count = flat.number(codes)
    if count > MOST_OPERATORS:
        raise Truncated("it has more operators than any model")
    names = set()
    for index in range(count):
        judge.budget.step(64)
        name = flat.field(flat.follow(codes + 4 + 4 * index), 1)
        if name is not None:
            names.add(flat.text(flat.follow(name)))
    return names
