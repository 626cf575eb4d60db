"""Headers of safetensors files: 8 bytes of length, little-endian, and so many bytes of JSON (pure).

The format (safetensors 0.8, README): tensors fill the rest of the file without holes and without overlap,
and no key stands twice.
"""

import math
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, BinaryIO

from hub.compute.documents import DocumentInvalid, read_object
from hub.compute.errors import IndexInvalid, SafetensorsInvalid

LENGTH_BYTES = 8
# The format allows a header of 100 MB; huggingface_hub 2.4.0 reads none over 25 MB, and neither does the hub.
FORMAT_LIMIT, HEADER_LIMIT = 100_000_000, 25_000_000
MOST_SHARDS = 1000
METADATA = "__metadata__"
# Bits of one element.
DTYPES = {
    "BOOL": 8,
    "F4": 4,
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    **dict.fromkeys(("U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("I16", "U16", "F16", "BF16"), 16),
    **dict.fromkeys(("I32", "U32", "F32"), 32),
    **dict.fromkeys(("I64", "U64", "F64", "C64"), 64),
}


@dataclass(frozen=True)
class Header:
    """A checked header: its JSON as it stands in the file, and how many weights of each dtype it declares."""

    raw: bytes
    parameters: dict[str, int]


def read_header(stream: BinaryIO, size: int) -> Header:
    """The header of a file of `size` bytes, of which only the header is read; SafetensorsInvalid."""
    length = int.from_bytes(_read(stream, LENGTH_BYTES), "little")
    if length > FORMAT_LIMIT:
        raise SafetensorsInvalid(f"a header of {length} bytes is more than the format allows")
    if length > HEADER_LIMIT:
        raise SafetensorsInvalid(f"a header of {length} bytes is more than clients read")
    if LENGTH_BYTES + length > size:
        raise SafetensorsInvalid(f"a header of {length} bytes does not fit into {size} bytes")
    raw = _read(stream, length)
    if not raw.startswith(b"{"):
        raise SafetensorsInvalid("the header does not begin with {")
    return Header(raw, check_header(raw, size - LENGTH_BYTES - length))


def check_header(raw: bytes, room: int) -> dict[str, int]:
    """The weights of each dtype in a header before `room` bytes of tensors; SafetensorsInvalid."""
    try:
        found = read_object(raw)
    except DocumentInvalid as problem:
        raise SafetensorsInvalid(f"of the header, {problem}") from None
    _check_metadata(found.pop(METADATA, {}))
    parameters: Counter[str] = Counter()
    spans = []
    for name, tensor in found.items():
        dtype, count, span = _tensor(name, tensor)
        parameters[dtype] += count
        spans.append(span)
    _check_spans(spans, room)
    return dict(sorted(parameters.items()))


def read_index(data: bytes) -> tuple[dict[str, Any], list[str]]:
    """The `metadata` of an index of shards, and the names of the shards; IndexInvalid."""
    try:
        found = read_object(data)
    except DocumentInvalid as problem:
        raise IndexInvalid(f"the index cannot be read: {problem}") from None
    weights, metadata = found.get("weight_map"), found.get("metadata", {})
    if not isinstance(weights, dict) or not isinstance(metadata, dict):
        raise IndexInvalid("the index has no weight_map, or metadata that is no object")
    if not all(isinstance(shard, str) and shard for shard in weights.values()):
        raise IndexInvalid("the weight_map names something else than files")
    shards = sorted(set(weights.values()))
    if len(shards) > MOST_SHARDS:
        raise IndexInvalid(f"the index names {len(shards)} shards; the hub reads up to {MOST_SHARDS}")
    return metadata, shards


def _read(stream: BinaryIO, length: int) -> bytes:
    data = stream.read(length)
    if len(data) < length:
        raise SafetensorsInvalid("the file ends inside its header")
    return data


def _check_metadata(metadata: Any) -> None:
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise SafetensorsInvalid(f"{METADATA} is not a mapping of texts")


def _tensor(name: str, tensor: Any) -> tuple[str, int, tuple[int, int]]:
    """A tensor's dtype, number of elements, and where its bytes begin and end."""
    shown = ascii(name[:80])
    if not isinstance(tensor, dict) or tensor.keys() != {"dtype", "shape", "data_offsets"}:
        raise SafetensorsInvalid(f"tensor {shown} has not just dtype, shape and data_offsets")
    dtype, shape, offsets = tensor["dtype"], tensor["shape"], tensor["data_offsets"]
    if not isinstance(dtype, str) or dtype not in DTYPES:
        raise SafetensorsInvalid(f"tensor {shown} is of an unknown dtype")
    if not _naturals(shape) or not _naturals(offsets) or len(offsets) != 2:
        raise SafetensorsInvalid(f"tensor {shown} has a shape or offsets that are no natural numbers")
    count = math.prod(shape)
    if count * DTYPES[dtype] != (offsets[1] - offsets[0]) * 8:
        raise SafetensorsInvalid(f"tensor {shown} does not have the bytes that its shape asks for")
    return dtype, count, (offsets[0], offsets[1])


def _naturals(numbers: Any) -> bool:
    """Whether it is a list of numbers from 0 to 2**64, few enough that their product is quickly found."""
    return (
        isinstance(numbers, list)
        and len(numbers) <= 64
        and all(type(number) is int and 0 <= number < 2**64 for number in numbers)
    )


def _check_spans(spans: Collection[tuple[int, int]], room: int) -> None:
    """The tensors lie one after the other, from the header's end to the file's end."""
    ordered = sorted([(0, 0), *spans, (room, room)])
    if any(before[1] != after[0] for before, after in pairwise(ordered)):
        raise SafetensorsInvalid("the tensors overlap, leave a hole, or lie outside of the file")
