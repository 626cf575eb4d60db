"""Tiny files of weights, real in every byte of their headers."""

import json
import struct
from collections.abc import Mapping, Sequence
from typing import Any

from hub.compute.gguf import ARRAY, NUMBERS, TEXT
from hub.compute.safetensors import DTYPES


def safetensors(
    tensors: Mapping[str, tuple[str, Sequence[int]]], metadata: dict[str, str] | None = None
) -> bytes:
    """A safetensors file with tensors of zeros, each a dtype and a shape."""
    header: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    end = 0
    for name, (dtype, shape) in tensors.items():
        begin, count = end, 1
        for dimension in shape:
            count *= dimension
        end += count * DTYPES[dtype] // 8
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [begin, end]}
    return framed(json.dumps(header).encode(), end)


def framed(header: bytes, room: int = 0) -> bytes:
    """Any bytes as the header of a safetensors file."""
    return struct.pack("<Q", len(header)) + header + bytes(room)


def index(shards: Mapping[str, str], **metadata: Any) -> bytes:
    """An index: tensor → file."""
    return json.dumps({"metadata": metadata, "weight_map": dict(shards)}).encode()


def gguf(
    metadata: Mapping[str, tuple[int, Any]],
    tensors: Mapping[str, tuple[int, Sequence[int]]],
    *,
    version: int = 3,
    order: str = "<",
    room: int = 4096,
) -> bytes:
    """A gguf file: metadata as (type, value), an array's value as (type, items); tensors as (type, shape)."""
    data = b"GGUF" + struct.pack(f"{order}IQQ", version, len(tensors), len(metadata))
    for key, (kind, value) in metadata.items():
        data += _text(key, order) + struct.pack(f"{order}I", kind) + _value(kind, value, order)
    for name, (kind, shape) in tensors.items():
        data += _text(name, order) + struct.pack(f"{order}I{len(shape)}Q", len(shape), *shape)
        data += struct.pack(f"{order}IQ", kind, 0)
    return data + bytes(room)


def _value(kind: int, value: Any, order: str) -> bytes:
    if kind == TEXT:
        return _text(value, order)
    if kind == ARRAY:
        inner, items = value
        head = struct.pack(f"{order}IQ", inner, len(items))
        return head + b"".join(_value(inner, item, order) for item in items)
    return struct.pack(order + NUMBERS[kind], value)


def _text(text: str, order: str) -> bytes:
    data = text.encode()
    return struct.pack(f"{order}Q", len(data)) + data
