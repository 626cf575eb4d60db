"""Small pictures as a browser writes them (40 × 32), and what cameras and tricksters add to them."""

import base64
import struct
import zlib

JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19i"
    "Z2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2Nj"
    "Y2NjY2NjY2P/wAARCAAgACgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAAAAMG/8QAJRAAAQEHBAIDAAAAAAAAAAAAAAEC"
    "AwQFERITBhQxURVBJEJh/8QAGAEBAAMBAAAAAAAAAAAAAAAAAAECAwT/xAAYEQEBAAMAAAAAAAAAAAAAAAAAAQISYf/aAAwDAQAC"
    "EQMRAD8AlIZJ5nP8jDht+l1a1/U6LTzTviINiI3Wa54jFuO30q15XoaanMPKNzuGHrWW23GiLxXmqp2X1HqCEmsAw4h3b5lpl6ja"
    "q2yiJSip6Veyrkkw06zYAIZAAAAAAAAAAA//2Q=="
)
WEBP = base64.b64decode(
    "UklGRnQAAABXRUJQVlA4WAoAAAAAAAAAJwAAHwAAVlA4IFYAAACQAwCdASooACAAPtFmrFEoJaQipWgBABoJZQAAH0gZiRqBO6AA"
    "AP7K7/8ry7Mvpu19JbYD7ayFZUiq/U15ORuv/+8REMZmnXnjfNYa5rUWQG2g2AAAAA=="
)


def png(width: int = 40, height: int = 32, *extra: bytes) -> bytes:
    """A green PNG of that size, with more chunks before the picture."""
    rows = zlib.compress((b"\0" + b"\x17\x64\x3f" * width) * height)
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def chunk(name: bytes, data: bytes) -> bytes:
    """One chunk of a PNG."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def photographed(place: bytes, orientation: int = 6) -> bytes:
    """The JPEG as a camera has it, turned, with the place where it was taken, and a comment."""
    exif = b"Exif\0\0II*\0" + struct.pack("<I", 8)
    exif += struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0) + place
    marked = b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    marked += b"\xff\xfe" + struct.pack(">H", len(place) + 2) + place
    return JPEG[:2] + marked + JPEG[2:]


def webp_with(place: bytes) -> bytes:
    """The WebP with an Exif chunk of even length, and the flag that says so."""
    body = bytearray(WEBP[8:])
    body[12] |= 0x08
    body += struct.pack("<4sI", b"EXIF", len(place)) + place
    return b"RIFF" + struct.pack("<I", len(body)) + bytes(body)
