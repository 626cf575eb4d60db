"""Formats that are recognised by their content and hold no pickle, so that nothing of theirs is unpickled."""

import json
import struct
from collections.abc import Callable

from hub.scanning.sources import Source, Truncated

LARGEST_HEADER = 25_000_000
SAMPLE = 64 * 1024
_MAGICS = {
    b"\x89PNG\r\n\x1a\n": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF87a": "a GIF image",
    b"GIF89a": "a GIF image",
    b"%PDF-": "a PDF document",
    b"OggS": "an Ogg sound file",
    b"fLaC": "a FLAC sound file",
    b"PAR1": "a Parquet table",
    b"ARROW1": "an Arrow table",
}


def recognise(source: Source, size: int | None) -> str | None:
    """What the file is, in words; None when no format known here. `size` is None inside a packed file."""
    head = source.open().peek(16)
    for magic, words in _MAGICS.items():
        if head.startswith(magic):
            return words
    for check, words in _CHECKS:
        if check(source, size):
            return words
    return None


def is_safetensors(source: Source, size: int | None) -> bool:
    """Whether the JSON header accounts for every byte of the file, in order and without gaps."""
    stream = source.open()
    try:
        (length,) = struct.unpack("<Q", stream.read(8))
        if not 2 <= length <= min(LARGEST_HEADER, (size or LARGEST_HEADER) - 8) or stream.peek(1) != b"{":
            return False
        header = json.loads(stream.read(length))
    except (Truncated, ValueError, RecursionError):
        return False
    ends = _ends(header)
    return ends is not None and (size is None or 8 + length + ends == size)


def _ends(header: object) -> int | None:
    if not isinstance(header, dict):
        return None
    spans = []
    for name, tensor in header.items():
        if name == "__metadata__":
            continue
        offsets = tensor.get("data_offsets") if isinstance(tensor, dict) else None
        if (
            not isinstance(offsets, list)
            or len(offsets) != 2
            or any(type(edge) is not int for edge in offsets)
        ):
            return None
        spans.append(tuple(offsets))
    end = 0
    for start, stop in sorted(spans):
        if start != end or stop < start:
            return None
        end = stop
    return end


def is_gguf(source: Source, _size: int | None) -> bool:
    """Whether the file starts as GGUF of a version that exists."""
    head = source.open().peek(8)
    return head.startswith(b"GGUF") and len(head) == 8 and struct.unpack("<L", head[4:])[0] in (1, 2, 3)


def is_riff(source: Source, _size: int | None) -> bool:
    """Whether the file is a WAVE sound or a WebP image."""
    head = source.open().peek(12)
    return head.startswith(b"RIFF") and head[8:] in (b"WAVE", b"WEBP")


def is_text(source: Source, _size: int | None) -> bool:
    """Whether the first 64 KiB are UTF-8 without control characters other than white space."""
    sample = source.open().peek(SAMPLE)[:SAMPLE]
    try:
        text = sample.decode()
    except UnicodeDecodeError as problem:
        if len(sample) < SAMPLE or problem.start < SAMPLE - 3:
            return False
        text = sample[: problem.start].decode()
    return not any(ord(letter) < 32 and letter not in "\t\n\r\f\x1b" for letter in text)


_CHECKS: tuple[tuple[Callable[[Source, int | None], bool], str], ...] = (
    (is_safetensors, "a safetensors file"),
    (is_gguf, "a GGUF file"),
    (is_riff, "sound or an image in RIFF"),
    (is_text, "text"),
)
