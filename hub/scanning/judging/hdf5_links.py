"""Where HDF5 says that a part of it lies in another file, which whoever reads the part opens (CVE-2026-1669).

Source: the HDF5 File Format Specification, version 3.0: sections IV.A.2.g (links) and IV.A.2.h (external
files). Both are told by their bytes and checked by where they lead, so that no tree has to be walked.
"""

import re
from collections.abc import Iterator

from hub.scanning.sources import RangeSource

# Of a larger file the two ends are looked at, where the structure mostly is.
LARGEST, ENDS = 64 << 20, 2 << 20
LONGEST = 4096
# A link of version 1 whose kind, 64, is external, and the message of external files in both kinds of headers.
_LINK = re.compile(rb"\x01([\x08-\x1f])\x40", re.DOTALL)
_FILES = re.compile(rb"\x07(?:\0..[\0-\x07]\0{3}|..[\0-\x07])\x01\0{3}(?:..)(?:..)(.{8})(.{8})", re.DOTALL)
_TARGET = re.compile(rb"\0([^\0]+)\0[^\0]+\0")
_HEAP = re.compile(rb"HEAP\0{4}.{16}(.{8})", re.DOTALL)


def other_files(source: RangeSource) -> Iterator[str]:
    """The names of other files, as they stand there."""
    for data in parts(source):
        for found in _LINK.finditer(data):
            yield from target_of_link(data, found.end(), found[1][0])
        for found in _FILES.finditer(data):
            yield from name_in_heap(source, *(int.from_bytes(part, "little") for part in found.groups()))


def parts(source: RangeSource) -> list[bytes]:
    """What is looked at."""
    if source.length <= LARGEST:
        return [source.read_at(0, source.length)]
    return [source.read_at(0, ENDS), source.read_at(source.length - ENDS, ENDS)]


def target_of_link(data: bytes, at: int, flags: int) -> Iterator[str]:
    """The file that an external link leads to, if this is one to its last byte."""
    at += (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
    width = 1 << (flags & 3)
    at += width + int.from_bytes(data[at : at + width], "little")
    length = int.from_bytes(data[at : at + 2], "little")
    target = _TARGET.fullmatch(data[at + 2 : at + 2 + length]) if 4 <= length <= LONGEST else None
    if target:
        yield target[1].decode("utf-8", "replace")


def name_in_heap(source: RangeSource, heap: int, offset: int) -> Iterator[str]:
    """The first of the files that a dataset is kept in, if its heap is where it is said to be."""
    head = _HEAP.match(source.read_at(heap, 32)) if heap < source.length else None
    if head:
        start = int.from_bytes(head[1], "little") + offset
        name = source.read_at(start, LONGEST).split(b"\0")[0] if start < source.length else b""
        if name:
            yield name.decode("utf-8", "replace")
