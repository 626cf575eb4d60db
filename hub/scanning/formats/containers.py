"""Archives that this scanner recognises and does not unpack."""

import zlib

from hub.scanning.findings import Severity
from hub.scanning.formats.base import Format, Judge, Piece

SEVEN = b"7z\xbc\xaf\x27\x1c"
_MAGICS = {
    SEVEN: "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "packed with Zstandard",
    b"MSCF\0\0\0\0": "a cabinet archive",
    b"LZIP": "packed with lzip",
    b"!<arch>\n": "an archive of ar",
    b"\x1f\x9d\x90": "packed with compress",
}


class Containers(Format):
    """What is inside is not seen, so it is never safe."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return words_for(head) is not None

    def inspect(self, judge: Judge, piece: Piece) -> None:
        head = piece.source.open().peek(32)
        broken = head.startswith(SEVEN) and not is_whole(head, piece.size)
        words = f"is {words_for(head)}, which is not unpacked here, so its content could not be scanned"
        if broken:
            words = "is a damaged 7z archive, so its content could not be scanned"
        judge.say("not-unpacked", words, piece.label, Severity.ERROR)


def words_for(head: bytes) -> str | None:
    """What begins like this."""
    return next((words for magic, words in _MAGICS.items() if head.startswith(magic)), None)


def is_whole(head: bytes, size: int | None) -> bool:
    """Whether the first header of a 7z archive is right and leads to an end within the file."""
    if len(head) < 32 or zlib.crc32(head[12:32]) != int.from_bytes(head[8:12], "little"):
        return False
    end = 32 + int.from_bytes(head[12:20], "little") + int.from_bytes(head[20:28], "little")
    return size is None or end <= size
