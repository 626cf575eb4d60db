"""The members of a zip archive as lenient loaders see them: by the central directory alone.

Source: PKWARE's APPNOTE, sections 4.3 to 4.5; torch's reader ignores flags, CRC and local names.
"""

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from hub.scanning.sources import Budget, PackedSource, RangeSource, Source

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
END64, LOCATOR64 = b"PK\x06\x06", b"PK\x06\x07"
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")

LONGEST_TAIL = _END.size + 65535
MOST_MEMBERS = 100_000
LARGEST_DIRECTORY = 64 << 20
STORED, DEFLATED = 0, 8
ENCRYPTED = 0x1
DESCRIPTOR = 0x8
LARGEST_CHECKED = 4 << 20
# What unpacks to more than this from so much less is made to fill its reader's memory.
BOMB_SIZE, BOMB_RATIO = 256 << 20, 200
USUAL_FLAGS = 0x0002 | 0x0004 | 0x0008 | 0x0800
_FULL = 0xFFFFFFFF


class BadZip(Exception):
    """The archive cannot be read; the argument says why."""


@dataclass(frozen=True)
class Member:
    """One entry of the central directory; sizes and `offset` (of its local header) in bytes."""

    name: str
    method: int
    flags: int
    packed: int
    size: int
    offset: int
    crc: int
    link: bool


@dataclass(frozen=True)
class Directory:
    """Where the central directory lies, and how many bytes stand before (`shift`) and after the archive."""

    offset: int
    size: int
    count: int
    shift: int
    after: int


def find_directory(source: RangeSource) -> Directory | None:
    """Where the archive says its directory is; None when there is no end record. BadZip when it is absurd."""
    tail_start = max(0, source.length - LONGEST_TAIL)
    tail = source.read_at(tail_start, LONGEST_TAIL)
    at = tail.rfind(END)
    while at >= 0 and at + _END.size > len(tail):
        at = tail.rfind(END, 0, at)
    if at < 0:
        return None
    _, _, _, _, count, size, offset, comment = _END.unpack_from(tail, at)
    after = len(tail) - at - _END.size - comment
    end = tail_start + at
    count, size, offset, end = _prefer_end64(source, end, (count, size, offset))
    if count > MOST_MEMBERS or size > LARGEST_DIRECTORY:
        raise BadZip("its directory is larger than a scan reads")
    shift = end - size - offset
    if shift < 0:
        raise BadZip("its directory lies outside the file")
    return Directory(offset + shift, size, count, shift, after)


def _prefer_end64(source: RangeSource, end: int, small: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The values and place of the 64-bit end record, which readers prefer: torch always writes one."""
    locator = source.read_at(max(0, end - _LOCATOR64.size), _LOCATOR64.size)
    if len(locator) < _LOCATOR64.size or not locator.startswith(LOCATOR64):
        return *small, end
    at = end - _LOCATOR64.size - _END64.size
    record = source.read_at(max(0, at), _END64.size)
    if len(record) < _END64.size or not record.startswith(END64):
        raise BadZip("its 64-bit end record is missing")
    if _LOCATOR64.unpack(locator)[2] != at:
        raise BadZip("its end records disagree, so that two readers may see different files")
    *_, count, size, offset = _END64.unpack(record)
    return count, size, offset, at


def members(source: RangeSource, directory: Directory, budget: Budget) -> Iterator[Member]:
    """Every entry of the directory, also beyond its own count; BadZip where it stops making sense."""
    data = source.read_at(directory.offset, directory.size)
    at = number = 0
    while at < len(data) or number < directory.count:
        if number % 1024 == 0:
            budget.step(1024)
        if data[at : at + 4] != CENTRAL or at + _CENTRAL.size > len(data) or number >= MOST_MEMBERS:
            raise BadZip("its directory is damaged")
        _, _, _, flags, method, _, _, crc, packed, size, names, extras, notes, _, _, outer, offset = (
            _CENTRAL.unpack_from(data, at)
        )
        at += _CENTRAL.size
        name, extra = data[at : at + names], data[at + names : at + names + extras]
        at += names + extras + notes
        number += 1
        size, packed, offset = _widen(extra, size, packed, offset)
        start = offset + directory.shift
        link = stat.S_ISLNK(outer >> 16)
        yield Member(name.decode("utf-8", "replace"), method, flags, packed, size, start, crc, link)


def _widen(extra: bytes, *values: int) -> tuple[int, ...]:
    """Put the 64-bit values of the extra field (id 1) in place of those that are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            wide = iter(struct.unpack_from(f"<{min(length, len(extra) - at - 4) // 8}Q", extra, at + 4))
            return tuple(next(wide, value) if value == _FULL else value for value in values)
        at += 4 + length
    return values


def overlap(members: list[Member]) -> bool:
    """Whether two members share bytes, as bombs do and archives that two readers see differently."""
    end = 0
    for member in sorted(members, key=lambda member: member.offset):
        if member.offset < end:
            return True
        end = member.offset + _LOCAL.size + member.packed
    return False


def is_whole(content: Source, member: Member) -> bool:
    """Whether a small member has the length and checksum of the directory; a large one is not read for it."""
    if max(member.packed, member.size) > LARGEST_CHECKED:
        return True
    data = content.open().peek(member.size + 1)[: member.size + 1]
    return len(data) == member.size and zlib.crc32(data) == member.crc


def open_member(source: RangeSource, member: Member, budget: Budget) -> tuple[Source, bool]:
    """The member's content, and whether its local header agrees; BadZip when it cannot be read."""
    header = source.read_at(member.offset, _LOCAL.size)
    if len(header) < _LOCAL.size or not header.startswith(LOCAL):
        raise BadZip(f"{member.name} is not where the directory says")
    _, _, flags, method, _, _, crc, packed, size, names, extras = _LOCAL.unpack(header)
    name = source.read_at(member.offset + _LOCAL.size, names).decode("utf-8", "replace")
    agrees = (name, method, flags & ENCRYPTED) == (member.name, member.method, member.flags & ENCRYPTED)
    # With a descriptor behind the content these stand there, and with 64 bits in the extra field.
    if not flags & DESCRIPTOR:
        stated = (crc, packed if packed != _FULL else member.packed, size if size != _FULL else member.size)
        agrees = agrees and stated == (member.crc, member.packed, member.size)
    content = source.part(member.offset + _LOCAL.size + names + extras, member.packed)
    if member.method == STORED:
        return content, agrees
    if member.method == DEFLATED:
        return PackedSource(
            content, lambda: zlib.decompressobj(-zlib.MAX_WBITS), (zlib.error,), budget
        ), agrees
    raise BadZip(f"{member.name} is packed with a method ({member.method}) that is not read")
