"""The header of an .npy file, read by a small grammar instead of by evaluating it.

Source: numpy.lib.format, versions 1 to 3.
"""

import re
from math import prod

_TOKENS = re.compile(rb"""(?:[\s(){}\[\],:]|'[^'\\\n]*'|"[^"\\\n]*"|-?\d{1,20}L?\b|True\b|False\b|None\b)*""")
_SHAPE = re.compile(rb"""['"]shape['"]\s*:\s*\(([\dL,\s]*)\)""")
_PLAIN = re.compile(rb"""['"]descr['"]\s*:\s*['"][<>|=]?([biufcSUVmM])(\d{1,9})(?:\[[^\]]*\])?['"]""")
_BOOLEAN = re.compile(rb"""['"]descr['"]\s*:\s*['"][<>|=]?\?['"]""")
MOST_DIMENSIONS = 64
LONGEST_SIDE = 20
_KEYS = (b"descr", b"fortran_order", b"shape")
_BRACKETS = (b"()", b"[]", b"{}")


def is_plain(header: bytes) -> bool:
    """Whether it names what a header does, with nothing in it but texts, numbers and pairs of brackets."""
    named = all(key in header for key in _KEYS)
    paired = all(header.count(pair[:1]) == header.count(pair[1:]) for pair in _BRACKETS)
    return named and paired and _TOKENS.fullmatch(header) is not None and header.strip()[:1] == b"{"


def data_size(header: bytes) -> int | None:
    """Bytes that the array takes; None for records and whatever else this does not count."""
    shape, plain = _SHAPE.search(header), _PLAIN.search(header)
    if shape is None or (plain is None and not _BOOLEAN.search(header)):
        return None
    sides = shape[1].replace(b"L", b"").replace(b",", b" ").split()
    if len(sides) > MOST_DIMENSIONS or any(len(side) > LONGEST_SIDE for side in sides):
        return None
    width = int(plain[2]) * (4 if plain[1] == b"U" else 1) if plain else 1
    return prod(map(int, sides)) * width
