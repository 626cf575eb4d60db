"""HDF5: the attributes of the root group, where Keras keeps a model's description.

Source: the HDF5 File Format Specification, version 3.0: sections II (superblock), III.E (global heap) and
IV.A (object headers). Attributes stand there as they are: filters apply to datasets only.
"""

import re
from collections.abc import Iterator
from itertools import islice

from hub.scanning.findings import Severity, printable
from hub.scanning.formats import tar
from hub.scanning.formats.base import Format, Judge, Piece, seekable
from hub.scanning.judging.hdf5_links import other_files
from hub.scanning.judging.objects import judge_json
from hub.scanning.judging.paths import leaves
from hub.scanning.sources import RangeSource, Source

SIGNATURE = b"\x89HDF\r\n\x1a\n"
# Where readers look for it: whatever stands before, it is HDF5. Farther off than this nobody puts it.
PLACES = (0, *(512 << shift for shift in range(7)))
LARGEST_ATTRIBUTE = 48 << 20
LARGEST_BLOCK = 8 << 20
MOST_BLOCKS = 1000
# How much is searched for text where the structure is one that is not read here.
LARGEST_SEARCH = 256 << 20
MOST_TRIES = 20
CONTINUATION, ATTRIBUTE, ATTRIBUTE_INFO = 0x10, 0x0C, 0x15
STRING, VARIABLE = 3, 9
DESCRIPTIONS = {b"model_config", b"training_config"}
_NOWHERE = 0xFFFFFFFFFFFFFFFF
_LAYER = re.compile(rb"""["']class_name["']\s*:""")


class Unreadable(Exception):
    """A structure that is damaged or not read here; the argument says which."""


class Hdf5(Format):
    """Weights alone are safe; a description is judged, and what may hide one is not called safe."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return start_of(piece.source) is not None

    def inspect(self, judge: Judge, piece: Piece) -> None:
        whole = seekable(judge, piece)
        source = whole.part(start_of(whole) or 0, whole.length)
        judge_other_files(judge, source, piece.label)
        try:
            attributes = dict.fromkeys(
                name for name, _ in judge_attributes(judge, Header(source), piece.label)
            )
        except Unreadable as problem:
            self.search(judge, source, piece.label, str(problem))
            return
        if b"PYTABLES_FORMAT_VERSION" in attributes:
            message = "HDF5 of PyTables, which may hold pickles that this scanner does not look for"
            judge.say("pytables", message, piece.label, Severity.UNKNOWN)
        judge.hidden(source, end_of(source), piece.label)
        judge.harmless("an HDF5 file", piece.label)

    def search(self, judge: Judge, source: RangeSource, label: str, problem: str) -> None:
        """Look for a description in the plain bytes: found, it is judged; not found, that proves nothing."""
        if source.length <= LARGEST_SEARCH:
            data = source.read_at(0, source.length)
            for found in islice(_LAYER.finditer(data), MOST_TRIES):
                start = data.rfind(b'{"', max(0, found.start() - 4096), found.start())
                if judge_prefix(judge, data[start : start + LARGEST_ATTRIBUTE], label):
                    break
        judge.say("bad-hdf5", f"HDF5 that cannot be read: {problem}", label, Severity.ERROR)


def start_of(source: Source) -> int | None:
    """Where the HDF5 in the source begins; in a tar that is a member."""
    data = source.open().peek(PLACES[-1] + len(SIGNATURE))
    at = next((place for place in PLACES if data.startswith(SIGNATURE, place)), None)
    return None if at and tar.begins(source) else at


def judge_other_files(judge: Judge, source: RangeSource, label: str) -> None:
    """What is kept in other files: beside it that is told, anywhere else it is somebody else's file."""
    for name in islice(dict.fromkeys(other_files(source)), MOST_TRIES):
        outside = leaves(name) or "://" in name
        words = f"keeps data in another file: {printable(name)}"
        severity = Severity.DANGEROUS if outside else Severity.INFO
        judge.say("external-data", f"{words}, outside its own folder" if outside else words, label, severity)


def end_of(source: RangeSource) -> int:
    """Where the superblock says that the file ends."""
    head = source.read_at(0, 64).ljust(64, b"\0")
    place = 28 if head[8] > 1 else 44 if head[8] else 40
    return int.from_bytes(head[place : place + 8], "little")


def judge_prefix(judge: Judge, data: bytes, label: str) -> bool:
    """Judge the JSON at the beginning of these bytes, which go on after it."""
    end = data.find(b"\0")
    return judge_json(judge, data[: end if end >= 0 else len(data)], label)


def judge_attributes(judge: Judge, header: "Header", label: str) -> Iterator[tuple[bytes, bytes]]:
    """Every attribute of the root group, descriptions judged on the way."""
    for name, value in header.attributes():
        text = value.rstrip(b"\0")
        if name in DESCRIPTIONS or _LAYER.search(text):
            where = f"{label}, attribute {name.decode('ascii', 'replace')}".lstrip(", ")
            if not judge_json(judge, text, where) and text:
                judge.say("keras", "has a description that cannot be read", where, Severity.ERROR)
        yield name, value


class Header:
    """The root group's object header; Unreadable wherever it is not understood to the last byte."""

    def __init__(self, source: RangeSource) -> None:
        self.source = source
        head = source.read_at(0, 128).ljust(128, b"\0")
        version = head[8]
        if version in (0, 1):
            self.offsets, self.lengths = head[13], head[14]
            at = 24 + (4 if version == 1 else 0) + 4 * self.offsets
            # The entry of the root group: where its name is, then where its header is.
            root = head[at + self.offsets : at + 2 * self.offsets]
        elif version in (2, 3):
            self.offsets, self.lengths = head[9], head[10]
            root = head[12 + 3 * self.offsets : 12 + 4 * self.offsets]
        else:
            raise Unreadable("its superblock is of a version that does not exist")
        if (self.offsets, self.lengths) != (8, 8):
            raise Unreadable("its addresses are not of eight bytes")
        self.root = int.from_bytes(root, "little")
        self.blocks = 0

    def block(self, at: int, size: int) -> bytes:
        """A piece of the file that must be there."""
        self.blocks += 1
        if size > LARGEST_BLOCK or self.blocks > MOST_BLOCKS:
            raise Unreadable("its root group is larger than a scan reads")
        data = self.source.read_at(at, size)
        if len(data) < size:
            raise Unreadable("its root group leads out of the file")
        return data

    def attributes(self) -> Iterator[tuple[bytes, bytes]]:
        """Name and value of each attribute."""
        for kind, flags, data in self.messages():
            if kind == ATTRIBUTE:
                if flags & 2:
                    raise Unreadable("it shares its attributes")
                yield self.attribute(data)
            elif kind == ATTRIBUTE_INFO and self.is_dense(data):
                raise Unreadable("it keeps its attributes in a heap")

    def is_dense(self, data: bytes) -> bool:
        """Whether attributes lie outside the header."""
        at = 2 + (2 if data[1:2] and data[1] & 1 else 0)
        return int.from_bytes(data[at : at + 8].ljust(8, b"\xff"), "little") != _NOWHERE

    def messages(self) -> Iterator[tuple[int, int, bytes]]:
        """Type, flags and content of each message of the header."""
        start = self.block(self.root, 16)
        if start.startswith(b"OHDR"):
            yield from self.new_messages(start)
        elif start[0] == 1:
            blocks = [(self.root + 16, int.from_bytes(start[8:12], "little"))]
            yield from self.walk(blocks, header=8, order=0, signed=False)
        else:
            raise Unreadable("its root group is of a version that does not exist")

    def new_messages(self, start: bytes) -> Iterator[tuple[int, int, bytes]]:
        """Messages of a header of version 2, whose blocks are signed and end with a checksum."""
        flags = start[5]
        width = 1 << (flags & 3)
        at = 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0)
        size = int.from_bytes(self.block(self.root + at, width), "little")
        blocks = [(self.root + at + width, size)]
        yield from self.walk(blocks, header=4, order=2 if flags & 4 else 0, signed=True)

    def walk(
        self, blocks: list[tuple[int, int]], *, header: int, order: int, signed: bool
    ) -> Iterator[tuple[int, int, bytes]]:
        """Follow the messages of each block, and the blocks that they lead to."""
        for start, size in blocks:
            data = self.block(start, size)
            at = 0
            while at + header + order <= len(data):
                kind = data[at] if signed else int.from_bytes(data[at : at + 2], "little")
                length = int.from_bytes(data[at + header - 3 : at + header - 1], "little") if signed else 0
                length = length or (0 if signed else int.from_bytes(data[at + 2 : at + 4], "little"))
                flags = data[at + header - 1] if signed else data[at + 4]
                at += header + order
                content = data[at : at + length]
                if len(content) < length:
                    raise Unreadable("a message leads out of its root group")
                at += length
                if kind == CONTINUATION:
                    address, more = (int.from_bytes(content[i : i + 8], "little") for i in (0, 8))
                    blocks.append((address + 4, more - 8) if signed else (address, more))
                    if more < 8:
                        raise Unreadable("its root group goes on nowhere")
                else:
                    yield kind, flags, content

    def attribute(self, data: bytes) -> tuple[bytes, bytes]:
        """Name and value; the value is read only where it is text."""
        version = data[0] if data else 0
        if version not in (1, 2, 3) or len(data) < 8 or (version > 1 and data[1] & 3):
            raise Unreadable("it has an attribute of a kind that is not read here")
        sizes = [int.from_bytes(data[i : i + 2], "little") for i in (2, 4, 6)]
        at = 9 if version == 3 else 8
        parts = []
        for size in sizes:
            parts.append(data[at : at + size])
            at += -(-size // 8) * 8 if version == 1 else size
        name, kind, value = parts[0].rstrip(b"\0"), parts[1], data[at:]
        if len(kind) < 8:
            raise Unreadable("it has an attribute without a type")
        return name, self.value(name, kind, value)

    def value(self, name: bytes, kind: bytes, value: bytes) -> bytes:
        """The text of an attribute; that of a variable length stands in a heap."""
        if kind[0] & 15 != VARIABLE:
            return value
        if name not in DESCRIPTIONS and len(value) != 16:
            return b""
        if len(value) < 16:
            raise Unreadable("it has a text that is nowhere")
        address, index = int.from_bytes(value[4:12], "little"), int.from_bytes(value[12:16], "little")
        return self.in_heap(address, index)

    def in_heap(self, address: int, wanted: int) -> bytes:
        """One object of a global heap."""
        head = self.block(address, 16)
        end = int.from_bytes(head[8:16], "little")
        at = 16
        if not head.startswith(b"GCOL"):
            raise Unreadable("it has a text that is nowhere")
        heap = self.block(address, min(end, LARGEST_BLOCK))
        while at + 16 <= end:
            entry = heap[at : at + 16] or self.block(address + at, 16)
            index, size = int.from_bytes(entry[:2], "little"), int.from_bytes(entry[8:16], "little")
            if index == wanted:
                if size > LARGEST_ATTRIBUTE:
                    raise Unreadable("it has a text larger than a scan reads")
                return self.source.read_at(address + at + 16, size)
            if index == 0:
                break
            at += 16 + -(-size // 8) * 8
        raise Unreadable("it has a text that is nowhere")
