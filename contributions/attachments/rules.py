"""What a file is by its bytes, whatever it is said to be, and which attachments a text names (pure)."""

import re
import uuid
from collections.abc import Callable

from django.utils.translation import gettext

from accounts.errors import PictureInvalid
from accounts.profiles.pictures import without_the_rest
from contributions.attachments.vocabulary import FILMS, Format
from hub.errors import InvalidInput, TooMuch

# The limits that huggingface_hub 2.4.0 tells its users (hf_api.py, upload_attachment).
MOST, MOST_OF_A_FILM = 10_000_000, 50_000_000
# As many pixels take 200 MB in a browser.
MOST_PIXELS = 50_000_000
# Of one text no more attachments are shown.
NAMED_MAX = 100
ENOUGH = 64
PICTURES = {"png": Format.PNG, "jpg": Format.JPEG, "webp": Format.WEBP}
# The first brand of a file in the ISO base format; the rest of them are sounds and single pictures.
FILM_BRANDS = frozenset(b"isom iso2 iso3 iso4 iso5 iso6 mp41 mp42 avc1 dash MSNV".split() + [b"M4V "])
_NAMED = re.compile(r"/uploads/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")


def recognised(beginning: bytes) -> Format:
    """The format of a file by its first ENOUGH bytes; InvalidInput for any other, such as SVG or HTML."""
    for known, found in BEGINNINGS:
        if known(beginning):
            return found
    raise InvalidInput(
        gettext("An attachment is a PNG, JPEG, GIF or WebP, an MP4, MOV or WebM, or an MP3 or WAV."),
        "body",
    )


def check_size(found: Format, size: int) -> None:
    """TooMuch for a file over the limit of its format."""
    most = MOST_OF_A_FILM if found in FILMS else MOST
    if size > most:
        raise TooMuch(gettext("This file has more than %d MB.") % (most // 1_000_000), "body")


def cleaned(found: Format, data: bytes) -> bytes:
    """A picture without where and when it was taken; a GIF has no such thing. InvalidInput when damaged."""
    try:
        picture = without_the_rest(data) if found in PICTURES.values() else None
    except PictureInvalid as problem:
        raise InvalidInput(str(problem), "body") from problem
    if picture is None:
        width, height = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    else:
        width, height = picture.width, picture.height
    if not 0 < width * height <= MOST_PIXELS:
        words = gettext("A picture has at most %d million pixels.") % (MOST_PIXELS // 10**6)
        raise InvalidInput(words, "body")
    return picture.data if picture else data


def named(text: str) -> set[uuid.UUID]:
    """The ids of the attachments whose addresses stand in a text."""
    found = dict.fromkeys(_NAMED.findall(text))
    return {uuid.UUID(name) for name in list(found)[:NAMED_MAX]}


def _mp3(data: bytes) -> bool:
    """A tag before the sound, or the sound's first frame: layer III, with a bit rate and a sampling rate."""
    if data.startswith(b"ID3"):
        return True
    frame = len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2
    return frame and data[2] & 0xF0 not in (0, 0xF0) and data[2] & 0x0C != 0x0C


BEGINNINGS: tuple[tuple[Callable[[bytes], bool], Format], ...] = (
    (lambda data: data.startswith(b"\x89PNG\r\n\x1a\n"), Format.PNG),
    (lambda data: data.startswith(b"\xff\xd8\xff"), Format.JPEG),
    (lambda data: data.startswith((b"GIF87a", b"GIF89a")), Format.GIF),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP", Format.WEBP),
    (lambda data: data.startswith(b"RIFF") and data[8:12] == b"WAVE", Format.WAV),
    (lambda data: data[4:8] == b"ftyp" and data[8:12] in FILM_BRANDS, Format.MP4),
    (lambda data: data[4:12] == b"ftypqt  ", Format.MOV),
    (lambda data: data.startswith(b"\x1aE\xdf\xa3") and b"webm" in data[:ENOUGH], Format.WEBM),
    (_mp3, Format.MP3),
)
