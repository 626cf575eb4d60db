"""How a large file is cut into parts (pure but for the settings)."""

from collections.abc import Iterable

from django.conf import settings

from storage.s3 import MAX_PARTS, PUT_LIMIT


def part_size(size: int, *, least: int = 0) -> int:
    """How many bytes each part of a multipart upload has, `least` or more; the last may have fewer."""
    return max(settings.PART_SIZE, min(least, PUT_LIMIT), -(-size // MAX_PARTS))


def is_multipart(size: int, *, wanted: bool) -> bool:
    """Whether an upload comes in parts; `wanted` says whether the client can send them."""
    return wanted and size > settings.MULTIPART_THRESHOLD


def least_part(sizes: Iterable[int], *, links: int) -> int:
    """The size of parts that keeps uploads of these sizes at about `links` parts in all."""
    return -(-sum(sizes) // links)
