"""tar: NeMo's models, PyTorch's oldest checkpoints, and archives in general.

Source: POSIX.1-1988 (ustar) and 2001 (pax), and GNU's long names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from hub.scanning.findings import Severity, printable
from hub.scanning.formats.base import Format, Judge, Piece, seekable
from hub.scanning.judging.paths import leaves
from hub.scanning.sources import RangeSource, Source

BLOCK = 512
MOST_MEMBERS = 100_000
LONGEST_NAME = 1 << 20
LONGEST_SIZE = 20
LONGEST_END = 64 * 1024
FILES, FOLDER, LINKS, DEVICES = b"0\0" + b"7", b"5", b"12", b"346"
SYMBOLIC = b"2"
LONG_NAME, LONG_LINK, PAX, PAX_FOR_ALL = b"L", b"K", b"x", b"g"
OLD_TORCH = {"sys_info", "pickle", "storages", "tensors"}


class BadTar(Exception):
    """The archive cannot be read; the argument says why."""


@dataclass(frozen=True)
class Member:
    """One entry; `offset` is where its content begins."""

    name: str
    kind: bytes
    link: str
    offset: int
    size: int


class Tar(Format):
    """Its members are judged like files of their own."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return len(head) >= BLOCK and is_header(head[:BLOCK])

    def inspect(self, judge: Judge, piece: Piece) -> None:
        source = seekable(judge, piece)
        found: list[Member] = []
        try:
            for member in members(judge, source, piece.label):
                found.append(member)
        except BadTar as problem:
            judge.say("bad-tar", f"The archive cannot be read: {problem}.", piece.label, Severity.ERROR)
        names = {PurePosixPath(member.name).name for member in found}
        hints = {"framework": is_framework(names), "torch": names >= OLD_TORCH}
        for member in found:
            self.inspect_member(judge, piece, source, member, hints)
        judge.harmless("a tar archive", piece.label)

    def inspect_member(
        self, judge: Judge, piece: Piece, source: RangeSource, member: Member, hints: dict[str, bool]
    ) -> None:
        name = printable(member.name)
        where = f"{piece.label}/{name}" if piece.label else name
        if leaves(member.name):
            judge.say(
                "path-outside", "has a name that leaves the archive's folder", where, Severity.DANGEROUS
            )
        if member.kind in LINKS:
            # A hard link is told from the archive's folder, a symbolic one from where it stands.
            start = PurePosixPath(member.name).parent if member.kind == SYMBOLIC else PurePosixPath()
            inside = not leaves(str(start / member.link))
            severity = Severity.SUSPICIOUS if inside else Severity.DANGEROUS
            judge.say("link", f"is a link to {printable(member.link)}", where, severity)
        elif member.kind in DEVICES:
            judge.say("device", "is a device and no file", where, Severity.DANGEROUS)
        elif member.kind in FILES:
            content = source.part(member.offset, member.size)
            judge.look(content, member.size, where, member.name, piece.depth + 1, **hints)
        elif member.kind != FOLDER:
            judge.say("odd-tar", "is of a kind that this scanner does not read", where, Severity.ERROR)


def is_framework(names: set[str]) -> bool:
    """Whether a loader builds what the archive's configuration names, as NeMo does."""
    return bool(names & {"model_config.yaml", "model_config.yml", "config.yaml"})


def begins(source: Source) -> bool:
    """Whether the source begins with an entry of a tar archive."""
    block = source.open().peek(BLOCK)[:BLOCK]
    return len(block) == BLOCK and is_header(block)


def is_header(block: bytes) -> bool:
    """Whether the block's checksum is right, over bytes with sign or without."""
    try:
        stated = octal(block[148:156])
    except BadTar:
        return False
    rest = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in rest)
    return block[0] != 0 and stated in (sum(rest), signed)


def octal(field: bytes) -> int:
    """A number as tar writes it: octal digits, or bytes behind a high bit."""
    if field[0] & 0x80:
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.split(b"\0")[0].strip(b" ")
    if not digits.isdigit() and digits:
        raise BadTar("a number of a header is none")
    try:
        return int(digits or b"0", 8)
    except ValueError as problem:
        raise BadTar("a number of a header is none") from problem


def members(judge: Judge, source: RangeSource, label: str) -> Iterator[Member]:
    """Each entry with what longer names and sizes stand before it; BadTar where it stops making sense."""
    at = count = 0
    for_all: dict[str, str] = {}
    extra: dict[str, str] = {}
    while True:
        block = source.read_at(at, BLOCK)
        if block == bytes(BLOCK) or (not block and count):
            check_end(judge, source, at, label)
            return
        count += 1
        if len(block) < BLOCK or not is_header(block):
            raise BadTar("a header is damaged")
        if count > MOST_MEMBERS:
            raise BadTar("it has more members than a scan reads")
        if count % 256 == 0:
            judge.budget.step(256)
        kind, size = block[156:157], octal(block[124:136])
        offset = at + BLOCK
        if kind in (LONG_NAME, LONG_LINK, PAX, PAX_FOR_ALL):
            target = for_all if kind == PAX_FOR_ALL else extra
            target |= extension(source, kind, offset, size)
        else:
            fields = for_all | extra
            size = int(fields.get("size", size)) if kind in FILES else 0
            yield entry(block, kind, fields, offset, size)
            extra = {}
        at = offset + -(-size // BLOCK) * BLOCK
        if offset + size > source.length:
            raise BadTar("a member leads out of the file")


def check_end(judge: Judge, source: RangeSource, at: int, label: str) -> None:
    """Some readers go on after the empty blocks that end an archive."""
    start, last = (
        source.read_at(at, LONGEST_END),
        source.read_at(max(at, source.length - LONGEST_END), LONGEST_END),
    )
    if start.strip(b"\0") or last.strip(b"\0"):
        judge.say("data-after", "has data after its end", label, Severity.SUSPICIOUS)


def entry(block: bytes, kind: bytes, fields: dict[str, str], offset: int, size: int) -> Member:
    """An entry under the name that readers give it."""
    name, prefix = (text(block[0:100]), text(block[345:500]) if block[257:262] == b"ustar" else "")
    if block[257:265] == b"ustar  \0":
        prefix = ""
    plain = f"{prefix}/{name}" if prefix else name
    return Member(fields.get("path", plain), kind, fields.get("linkpath", text(block[157:257])), offset, size)


def text(field: bytes) -> str:
    """A name up to its first NUL."""
    return field.split(b"\0")[0].decode("utf-8", "replace")


def extension(source: RangeSource, kind: bytes, offset: int, size: int) -> dict[str, str]:
    """The fields that a special entry gives to the next one."""
    if size > LONGEST_NAME:
        raise BadTar("a name is longer than a scan reads")
    data = source.read_at(offset, size)
    if kind == LONG_NAME:
        return {"path": text(data)}
    if kind == LONG_LINK:
        return {"linkpath": text(data)}
    return dict(pax_records(data))


def is_size(value: bytes) -> bool:
    """Whether these are the digits of a size that a file can have."""
    return value.isdigit() and len(value) <= LONGEST_SIZE


def pax_records(data: bytes) -> Iterator[tuple[str, str]]:
    """Records of "length key=value"."""
    at = 0
    while at < len(data) and data[at : at + 1] != b"\0":
        digits, space, _ = data[at : at + 20].partition(b" ")
        if not space or not digits.isdigit() or not 0 < int(digits) <= len(data) - at:
            raise BadTar("an extended header is damaged")
        key, equals, value = data[at + len(digits) + 1 : at + int(digits) - 1].partition(b"=")
        at += int(digits)
        if key.startswith(b"GNU.sparse") or (key == b"size" and not is_size(value)) or not equals:
            raise BadTar("an extended header is of a kind that is not read")
        yield key.decode("utf-8", "replace"), value.decode("utf-8", "replace")
