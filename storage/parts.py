"""How a large file is cut into parts (pure but for the settings)."""

from django.conf import settings

from storage.s3 import MAX_PARTS


def part_size(size: int) -> int:
    """How many bytes each part of a multipart upload has; the last may have fewer."""
    return max(settings.PART_SIZE, -(-size // MAX_PARTS))


def is_multipart(size: int, *, wanted: bool) -> bool:
    """Whether an upload comes in parts; `wanted` says whether the client can send them."""
    return wanted and size > settings.MULTIPART_THRESHOLD


def link_count(size: int, *, multipart: bool) -> int:
    """How many links an upload needs: one for each part, or a single one."""
    return -(-size // part_size(size)) if is_multipart(size, wanted=multipart) else 1
