"""Compressed files: by which first bytes they are known, and what unpacks them."""

import bz2
import lzma
import re
import zlib

import lz4.frame

from hub.scanning.sources import Budget, PackedSource, RangeSource

_PACKERS = (
    (b"\x1f\x8b", lambda: zlib.decompressobj(16 + zlib.MAX_WBITS)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ\x00", lzma.LZMADecompressor),
    (b"\x5d\x00\x00", lzma.LZMADecompressor),
    (b"\x04\x22\x4d\x18", lz4.frame.LZ4FrameDecompressor),
    (b"\x78\x01", zlib.decompressobj),
    (b"\x78\x5e", zlib.decompressobj),
    (b"\x78\x9c", zlib.decompressobj),
    (b"\x78\xda", zlib.decompressobj),
)
# Joblib before 0.10 wrote the unpacked length behind the mark, and before 0.8.5 one blank more.
OLD_JOBLIB = re.compile(rb"ZF0x[0-9a-f]{1,16}L? *", re.DOTALL)
_PACK_ERRORS = (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError, RuntimeError)


def unpacked(source: RangeSource, head: bytes, budget: Budget) -> PackedSource | None:
    """What the file unpacks to; None when it is not packed, or nothing comes of it."""
    old = OLD_JOBLIB.match(source.read_at(0, 32)) if head.startswith(b"ZF0x") else None
    if old:
        source, head = source.part(old.end(), source.length), b"\x78\x9c"
    for magic, make in _PACKERS:
        if head.startswith(magic):
            packed = PackedSource(source, make, _PACK_ERRORS, budget)
            if packed.open().peek(1):
                return packed
    return None
