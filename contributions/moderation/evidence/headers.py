"""What a file says of itself in its first bytes: its format by them, and the header of known formats."""

import io
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from contributions.moderation.evidence.excerpts import Row, masked, rows_around
from contributions.moderation.evidence.members import opened
from contributions.moderation.evidence.refusals import NotReadable, Refusal
from hub.compute import gguf, safetensors
from hub.compute.errors import GgufInvalid, HeaderInvalid
from hub.scanning import zips
from hub.scanning.findings import printable
from hub.scanning.formats import tar
from hub.scanning.formats.media import words_for
from hub.scanning.sources import RangeSource
from storage.selectors import blob_by_sha256

HEAD, ROWS = 512, 4
# A longer header is not read for a page.
LONGEST_HEADER = 4 << 20
MOST_NAMES = 20
SAFETENSORS, ZIP, GGUF = "safetensors", "ZIP", "GGUF"
_MAGICS = (
    (b"GGUF", GGUF),
    (b"PK\x03\x04", ZIP),
    (b"\x93NUMPY", "NumPy"),
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!", "RAR"),
    (b"\x7fELF", "ELF"),
    (b"MZ", "PE"),
    (b"\xca\xfe\xba\xbe", "Java class, Mach-O"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"#!", "script"),
)


@dataclass(frozen=True)
class Fact:
    """One thing that a header says, cut and escaped."""

    label: Promise
    value: str


@dataclass(frozen=True)
class Header:
    """The format by the first bytes ("" when nobody knows it), those bytes, and what the header says.

    `problem` is why the header cannot be true; `refusal` why nothing could be read.
    """

    size: int = 0
    format: str = ""
    rows: list[Row] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    problem: str = ""
    refusal: Refusal | None = None


def header_of(sha256: str, *, mask: bool = False) -> Header:
    """The header of a blob, at a fixed cost whatever it says, with its bytes masked or not; one query."""
    blob = blob_by_sha256(sha256)
    if blob is None:
        return Header(refusal=Refusal.ABSENT)
    try:
        with opened(blob) as source:
            head = source.open().peek(HEAD)[:HEAD]
            format = format_of(head, blob.size)
            rows = rows_around(source, count=ROWS)
            facts, problem = _facts(source, format)
    except NotReadable as unreadable:
        return Header(blob.size, refusal=unreadable.refusal)
    return Header(blob.size, format, masked(rows) if mask else rows, facts, problem)


def format_of(head: bytes, size: int) -> str:
    """The name of the format that begins like this; "" for none that is known (pure)."""
    length = int.from_bytes(head[:8], "little")
    if head[8:9] == b"{" and 8 + length <= size:
        return SAFETENSORS
    if len(head) >= tar.BLOCK and tar.is_header(head[: tar.BLOCK]):
        return "tar"
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return f"pickle {head[1]}"
    return next((name for magic, name in _MAGICS if head.startswith(magic)), None) or words_for(head) or ""


def _facts(source: RangeSource, format: str) -> tuple[list[Fact], str]:
    readers = {SAFETENSORS: _safetensors, GGUF: _gguf, ZIP: _zip}
    if format not in readers:
        return [], ""
    try:
        return list(readers[format](source)), ""
    except HeaderInvalid as problem:
        return [], printable(str(problem))
    except zips.BadZip as problem:
        return [], printable(str(problem))


def _begin(source: RangeSource, most: int) -> io.BytesIO:
    return io.BytesIO(source.read_at(0, most))


def _safetensors(source: RangeSource) -> Iterable[Fact]:
    length = int.from_bytes(source.read_at(0, safetensors.LENGTH_BYTES), "little")
    yield Fact(_("Header, in bytes"), str(length))
    if length > LONGEST_HEADER:
        return
    header = safetensors.read_header(_begin(source, safetensors.LENGTH_BYTES + length), source.length)
    yield from _weights(header.parameters)


def _gguf(source: RangeSource) -> Iterable[Fact]:
    beginning = _begin(source, LONGEST_HEADER)
    try:
        header = gguf.read_header(beginning, source.length)
    except GgufInvalid:
        if beginning.tell() < LONGEST_HEADER:
            raise
        return
    yield Fact(_("Tensors"), str(len(header.tensors)))
    yield from _weights(header.parameters)
    if header.architecture:
        yield Fact(_("Architecture"), printable(header.architecture))
    if header.context_length:
        yield Fact(_("Context length"), str(header.context_length))
    if header.chat_template:
        yield Fact(_("Chat template, in characters"), str(len(header.chat_template)))


def _zip(source: RangeSource) -> Iterable[Fact]:
    directory = zips.find_directory(source)
    if directory is None:
        raise zips.BadZip("its end record is missing")
    members = list(zips.members(source, directory, source.budget))
    yield Fact(_("Members"), str(len(members)))
    yield Fact(_("Unpacked, in bytes"), str(sum(member.size for member in members)))
    names = [printable(member.name) for member in members[:MOST_NAMES]]
    yield Fact(_("Names"), ", ".join(names) + (", …" if len(members) > MOST_NAMES else ""))


def _weights(parameters: dict[str, int]) -> Iterable[Fact]:
    yield Fact(_("Weights"), ", ".join(f"{dtype} {count}" for dtype, count in parameters.items()))
