"""What an attachment may be."""

from django.db.models import TextChoices


class Format(TextChoices):
    """The formats that browsers show and cannot run; each is also the ending of an address."""

    PNG = "png", "PNG"
    JPEG = "jpg", "JPEG"
    GIF = "gif", "GIF"
    WEBP = "webp", "WebP"
    MP4 = "mp4", "MP4"
    MOV = "mov", "QuickTime"
    WEBM = "webm", "WebM"
    MP3 = "mp3", "MP3"
    WAV = "wav", "WAV"


TYPES = {
    Format.PNG: "image/png",
    Format.JPEG: "image/jpeg",
    Format.GIF: "image/gif",
    Format.WEBP: "image/webp",
    Format.MP4: "video/mp4",
    Format.MOV: "video/quicktime",
    Format.WEBM: "video/webm",
    Format.MP3: "audio/mpeg",
    Format.WAV: "audio/wav",
}
FILMS = frozenset({Format.MP4, Format.MOV, Format.WEBM})
SOUNDS = frozenset({Format.MP3, Format.WAV})
