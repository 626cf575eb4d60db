"""Pictures that people upload: known by their bytes, measured by their headers, kept without the rest.

What is kept is what a browser needs to show them: no place and time from a camera, no second file behind the
first. Nothing is decoded. Pure.
"""

import re
import struct
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.errors import PictureInvalid

MAX_BYTES = 1024 * 1024
MIN_SIDE, MAX_SIDE = 32, 2048
# The type that each is served as.
TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_KEPT = frozenset(
    [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"]
)
JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
JPEG_DROPPED = frozenset([*range(0xE1, 0xEE), 0xEF, 0xFE])
# Inside the picture's own data, FF is followed by 00 or by one of eight marks that carry nothing.
JPEG_NEXT = re.compile(rb"\xff+[^\x00\xff\xd0-\xd7]")
WEBP_KEPT = frozenset([b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ICCP", b"ANIM", b"ANMF"])
WEBP_EXIF_XMP = 0x0C


@dataclass(frozen=True)
class Picture:
    """A picture as it is kept; sides in pixels."""

    extension: str
    width: int
    height: int
    data: bytes


def read_picture(data: bytes) -> Picture:
    """The picture in a file's bytes. PictureInvalid for another format, a damaged file or other sizes."""
    if len(data) > MAX_BYTES:
        raise PictureInvalid(gettext("A picture has at most 1 MiB."))
    picture = without_the_rest(data)
    if picture is None:
        raise PictureInvalid(gettext("A picture is a PNG, JPEG or WebP file."))
    return _of_a_fair_size(picture)


def without_the_rest(data: bytes) -> Picture | None:
    """A picture of any size as it is kept; None for another format, PictureInvalid for a damaged file."""
    read = next((read for known, read in READERS if known(data)), None)
    try:
        return read(data) if read else None
    except (struct.error, IndexError) as error:
        raise PictureInvalid(gettext("The picture is damaged.")) from error


def _of_a_fair_size(picture: Picture) -> Picture:
    if not all(MIN_SIDE <= side <= MAX_SIDE for side in (picture.width, picture.height)):
        raise PictureInvalid(
            f"A picture has {MIN_SIDE} to {MAX_SIDE} pixels on each side; "
            f"this one has {picture.width} × {picture.height}."
        )
    return picture


def _png(data: bytes) -> Picture:
    width, height = struct.unpack_from(">II", data, 16)
    kept, seen, at = [PNG_START], [], len(PNG_START)
    while not seen or seen[-1] != b"IEND":
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + length + 12
        if end > len(data):
            raise PictureInvalid(gettext("The picture is damaged."))
        seen.append(name)
        if name in PNG_KEPT:
            kept.append(data[at:end])
        at = end
    if seen[0] != b"IHDR" or b"IDAT" not in seen:
        raise PictureInvalid(gettext("The picture is damaged."))
    return Picture("png", width, height, b"".join(kept))


def _jpeg(data: bytes) -> Picture:
    kept, at, sides = [data[:2]], 2, (0, 0)
    while True:
        found = JPEG_NEXT.match(data, at)
        if found is None:
            raise PictureInvalid(gettext("The picture is damaged."))
        at = found.end()
        mark = data[at - 1]
        if mark == 0xD9:
            break
        (length,) = struct.unpack_from(">H", data, at)
        segment = data[at : at + length]
        end = at + length
        if mark in JPEG_SIZES:
            height, width = struct.unpack_from(">HH", segment, 3)
            sides = (width, height)
        if mark == 0xDA:
            found = JPEG_NEXT.search(data, end)
            end = found.start() if found else len(data)
            segment = data[at:end]
        if mark == 0xE1 and (turned := _orientation(segment)):
            kept.append(_only_orientation(turned))
        if mark not in JPEG_DROPPED or segment[2:].startswith(b"ICC_PROFILE\0"):
            kept.append(bytes([0xFF, mark]) + segment)
        at = end
    return Picture("jpg", *sides, b"".join([*kept, b"\xff\xd9"]))


def _orientation(segment: bytes) -> int:
    """How a camera was held, 2 to 8, as the first directory of an Exif segment says; 0 when it does not."""
    if not segment[2:].startswith((b"Exif\0\0MM\0*", b"Exif\0\0II*\0")):
        return 0
    tiff = segment[8:]
    order = ">" if tiff.startswith(b"MM") else "<"
    (at,) = struct.unpack_from(f"{order}I", tiff, 4)
    (count,) = struct.unpack_from(f"{order}H", tiff, at)
    for number in range(count):
        tag, _kind, _many, value = struct.unpack_from(f"{order}HHIH", tiff, at + 2 + 12 * number)
        if tag == 0x0112:
            return value if 2 <= value <= 8 else 0
    return 0


def _only_orientation(value: int) -> bytes:
    directory = struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, value, 0, 0)
    body = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + directory
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _webp(data: bytes) -> Picture:
    (size,) = struct.unpack_from("<I", data, 4)
    if size + 8 > len(data):
        raise PictureInvalid(gettext("The picture is damaged."))
    kept, at, sides = [], 12, (0, 0)
    while at + 8 <= size + 8:
        name, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        if len(body) != length:
            raise PictureInvalid(gettext("The picture is damaged."))
        sides = sides if all(sides) else _webp_sides(name, body)
        if name == b"VP8X":
            body = bytes([body[0] & ~WEBP_EXIF_XMP]) + body[1:]
        if name in WEBP_KEPT:
            kept.append(struct.pack("<4sI", name, length) + body + b"\0" * (length % 2))
        at += 8 + length + length % 2
    if not all(sides):
        raise PictureInvalid(gettext("The picture is damaged."))
    chunks = b"WEBP" + b"".join(kept)
    return Picture("webp", *sides, b"RIFF" + struct.pack("<I", len(chunks)) + chunks)


def _webp_sides(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 6)
        return width & 0x3FFF, height & 0x3FFF
    if name == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 1)
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return 0, 0


READERS: tuple[tuple[Callable[[bytes], bool], Callable[[bytes], Picture]], ...] = (
    (lambda data: data.startswith(PNG_START), _png),
    (lambda data: data.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", _webp),
)
