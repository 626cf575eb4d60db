"""Programs: what a machine runs as it is. No weights need one, but a model may come with a library.

Suspicious and never dangerous: that it is a program does not tell whether it does harm. Within a wheel
a compiled library is in its place. WebAssembly runs confined, so it is only noted.
"""

from hub.scanning.findings import CODE_FILE, Severity
from hub.scanning.formats.base import Format, Judge, Piece

_MAGICS = {
    b"\x7fELF": "a program or library for Linux",
    b"\xfe\xed\xfa\xce": "a program or library for macOS",
    b"\xfe\xed\xfa\xcf": "a program or library for macOS",
    b"\xce\xfa\xed\xfe": "a program or library for macOS",
    b"\xcf\xfa\xed\xfe": "a program or library for macOS",
    b"\x4c\0\0\0\x01\x14\x02\0": "a shortcut of Windows",
    b"dex\n03": "a program for Android",
}
# In bytes from the start; the header of a program for Windows lies within the first pages.
FARTHEST_HEADER = 1 << 16
# What compiled modules of Python 3 begin with, as numbers.
COMPILED = "compiled Python, which is not scanned"
PYTHONS = (3000, 3999)
WASM = b"\0asm\x01\0\0\0"


class Programs(Format):
    """Recognised by the header that the system's loader reads."""

    def recognise(self, piece: Piece, head: bytes) -> bool:
        return words_for(piece, head) is not None

    def inspect(self, judge: Judge, piece: Piece) -> None:
        head = piece.source.open().peek(64)
        words = words_for(piece, head)
        if words == COMPILED:
            rule, severity = "compiled-code", Severity.UNKNOWN
        elif piece.hints.get("wheel", False) or head.startswith(WASM):
            rule, severity = CODE_FILE, Severity.NOTICE
        else:
            rule, severity = "program", Severity.SUSPICIOUS
        judge.say(rule, f"is {words}", piece.label, severity)


def words_for(piece: Piece, head: bytes) -> str | None:
    """What kind of program it is, if one."""
    if head.startswith(b"MZ") and len(head) >= 64:
        at = int.from_bytes(head[60:64], "little")
        if at <= FARTHEST_HEADER and piece.source.open().peek(at + 4)[at : at + 4] == b"PE\0\0":
            return "a program or library for Windows"
    if head.startswith(b"\xca\xfe\xba\xbe") and len(head) >= 8:
        # Java's version is 45 or more; a file for several machines has few of them.
        java = int.from_bytes(head[6:8], "big") >= 45
        return "a class of Java" if java else "a program or library for macOS"
    if (
        head[2:4] == b"\r\n"
        and PYTHONS[0] <= int.from_bytes(head[:2], "little") <= PYTHONS[1]
        and len(head) > 16
    ):
        return COMPILED
    if head.startswith(WASM):
        return "a WebAssembly module"
    return next((words for magic, words in _MAGICS.items() if head.startswith(magic)), None)
