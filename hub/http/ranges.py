"""Byte ranges of an HTTP request (RFC 9110, section 14). Pure."""

import re

SINGLE = re.compile(r"bytes=([0-9]{0,100})-([0-9]{0,100})")


class RangeNotSatisfiable(ValueError):
    """The range begins past the end."""


def parse_range(header: str | None, size: int) -> tuple[int, int] | None:
    """(first, last) byte of a single range, or None to send everything, as for a form not understood.

    Raises RangeNotSatisfiable for a range that begins past the end, or is of nothing.
    """
    match = SINGLE.fullmatch((header or "").strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, last = max(0, size - int(match[2])), size - 1
    else:
        first, last = int(match[1]), min(int(match[2] or size - 1), size - 1)
        if match[2] and int(match[2]) < first:
            return None
    if first >= size or first > last:
        raise RangeNotSatisfiable(f"bytes */{size}")
    return first, last
