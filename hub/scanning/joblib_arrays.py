"""Joblib writes an array's raw bytes into the middle of a pickle: how many, from what was pickled before.

Source: joblib's numpy_pickle.py, NumpyArrayWrapper.read_array.
"""

import re
from dataclasses import dataclass
from math import prod
from typing import Any

from hub.scanning.pickle_values import Name, Result
from hub.scanning.sources import Stream

WRAPPERS = {
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper"),
}
_NUMBER = re.compile(r"[biufc](\d{1,2})")
_CHARACTERS = {"S": 1, "U": 4}
_HAS_OBJECTS = 0x01
OBJECTS = 0
# Records in records: each level may name the one below it many times over.
DEEPEST_RECORD = 3


@dataclass(frozen=True)
class Layout:
    """`size` bytes follow, after one byte with a length of padding when `padded`; or a pickle of objects."""

    size: int
    padded: bool
    objects: bool


def layout(state: Any) -> Layout | None:
    """What follows a wrapper with this state; None when that cannot be told for sure."""
    if not isinstance(state, dict):
        return None
    shape, dtype = state.get("shape"), state.get("dtype")
    if not isinstance(shape, tuple) or not all(type(side) is int and side >= 0 for side in shape):
        return None
    width = item_size(dtype)
    if width is None:
        return None
    return Layout(
        width * prod(shape), state.get("numpy_array_alignment_bytes") is not None, objects=width == OBJECTS
    )


def item_size(dtype: Any, depth: int = 0) -> int | None:
    """Bytes an item of a pickled numpy.dtype takes, OBJECTS for objects, None when that is not certain.

    Only what the type's code and the state given to it say alike is certain: the flags that decide whether
    bytes or a pickle follow are taken from the state.
    """
    match dtype:
        case Result(function=Name() as function, arguments=(str() as code, *_), state=state):
            pass
        case _:
            return None
    if function.key != ("numpy", "dtype"):
        return None
    match state:
        case None:
            return number_size(code)
        case (3, _, None, names, fields, stated, _, int() as flags):
            size = (
                OBJECTS
                if code in ("O8", "O4", "O")
                else number_size(code) or wide_size(code, names, fields, stated, depth)
            )
            return size if (size == OBJECTS) == bool(flags & _HAS_OBJECTS) else None
        # A time, whose unit stands behind the flags.
        case (4, _, None, None, None, -1, -1, int() as flags, _) if code in ("M8", "m8"):
            return None if flags & _HAS_OBJECTS else 8
    return None


def number_size(code: str) -> int | None:
    """Bytes of a number such as f8."""
    found = _NUMBER.fullmatch(code)
    return int(found[1]) or None if found else None


def wide_size(code: str, names: Any, fields: Any, stated: Any, depth: int) -> int | None:
    """Bytes of a string type, or of a record all of whose fields are plain."""
    if not code[1:].isascii() or not code[1:].isdigit() or not int(code[1:]):
        return None
    width = int(code[1:]) * _CHARACTERS.get(code[0], 1)
    plain = code[0] in _CHARACTERS and names is None and fields is None
    return (
        width if stated == width and (plain or (code[0] == "V" and is_plain_record(fields, depth))) else None
    )


def is_plain_record(fields: Any, depth: int) -> bool:
    """Whether every field is known and holds no object; `depth` is how many records are around them."""
    if not isinstance(fields, dict) or not fields or depth == DEEPEST_RECORD:
        return False
    return all(
        isinstance(field, tuple) and field and item_size(field[0], depth + 1) for field in fields.values()
    )


def skip(stream: Stream, found: Layout) -> None:
    """Step over the array."""
    if found.padded:
        stream.skip(stream.read(1)[0])
    stream.skip(found.size)
