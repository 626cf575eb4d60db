"""Weights, models and archives written byte by byte, good and hostile."""

import io
import json
import struct
import tarfile
from typing import Any

GOOD_TEMPLATE = (
    "{% for message in messages %}{{ message['role'] + ': ' + message.content | trim }}{% endfor %}"
)
BAD_TEMPLATE = "{{ cycler.__init__.__globals__.os.popen('id').read() }}"


def safetensors(header: dict[str, Any] | bytes, data: bytes = b"") -> bytes:
    """A safetensors file with this header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


def tensor(
    start: int = 0, stop: int = 4, *, dtype: str = "F32", shape: tuple[int, ...] = (1,)
) -> dict[str, Any]:
    """An entry of a safetensors header."""
    return {"dtype": dtype, "shape": list(shape), "data_offsets": [start, stop]}


def gguf_text(value: str) -> bytes:
    """A string of GGUF."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def gguf(
    pairs: dict[str, str] | None = None,
    *,
    version: int = 3,
    tensors: bytes = b"",
    tensor_count: int = 0,
    data: bytes = b"",
) -> bytes:
    """A GGUF file whose values are texts."""
    made = b"GGUF" + struct.pack("<LQQ", version, tensor_count, len(pairs or {}))
    for key, value in (pairs or {}).items():
        made += gguf_text(key) + struct.pack("<L", 8) + gguf_text(value)
    made += tensors
    return made + bytes(-len(made) % 32) + data if tensor_count else made


def gguf_tensor(name: str, shape: tuple[int, ...], kind: int, offset: int) -> bytes:
    """An entry of a GGUF file's list of tensors."""
    sides = struct.pack(f"<{len(shape)}Q", *shape)
    return gguf_text(name) + struct.pack("<L", len(shape)) + sides + struct.pack("<LQ", kind, offset)


def varint(value: int) -> bytes:
    """A number of Protocol Buffers."""
    made = b""
    while value > 127:
        made += bytes([value & 127 | 128])
        value >>= 7
    return made + bytes([value])


def field(number: int, value: int | bytes | str) -> bytes:
    """One field of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def onnx(*, operator: str = "Relu", domain: str = "", location: str = "", depth: int = 0) -> bytes:
    """An ONNX model of one node, `depth` graphs below the model's own."""
    graph = field(
        1, field(1, "x") + field(2, "y") + field(4, operator) + (field(7, domain) if domain else b"")
    )
    if location:
        external = field(13, field(1, "location") + field(2, location))
        graph += field(5, field(1, 1) + field(2, 1) + field(8, "w") + external + field(14, 1))
    for _ in range(depth):
        graph = field(1, field(4, "If") + field(5, field(1, "then_branch") + field(6, graph)))
    return field(1, 8) + field(7, graph + field(2, "graph")) + field(8, field(2, 17))


def graph_def(*operations: str) -> bytes:
    """A graph of TensorFlow."""
    nodes = [field(1, f"node{number}") + field(2, name) for number, name in enumerate(operations)]
    return b"".join(field(1, node) for node in nodes)


def saved_model(*operations: str) -> bytes:
    """A SavedModel of TensorFlow."""
    return field(1, 1) + field(2, field(2, graph_def(*operations)))


def hdf5(attributes: dict[str, str]) -> bytes:
    """An HDF5 file with these texts as attributes of its root group, in the way of old Keras."""
    messages = b""
    for name, value in attributes.items():
        data = value.encode()
        data += bytes(-len(data) % 8)
        named = name.encode() + b"\0"
        kind = bytes([0x13, 0, 0, 0]) + struct.pack("<L", len(data))
        space = bytes([1, 0, 0, 0, 0, 0, 0, 0])
        body = struct.pack("<BBHHH", 1, 0, len(named), len(kind), len(space))
        body += named + bytes(-len(named) % 8) + kind + space + data
        messages += struct.pack("<HHB3x", 0x0C, len(body), 0) + body
    header = struct.pack("<BBHLL4x", 1, 0, len(attributes), 1, len(messages)) + messages
    superblock = b"\x89HDF\r\n\x1a\n" + bytes([0, 0, 0, 0, 0, 8, 8, 0]) + struct.pack("<HHL", 4, 16, 0)
    superblock += struct.pack("<4Q", 0, 2**64 - 1, 96 + len(header), 2**64 - 1)
    return superblock + struct.pack("<QQLL16x", 0, 96, 0, 0) + header


def tar_of(members: dict[str, bytes], *, links: dict[str, str] | None = None) -> bytes:
    """A tar archive with files and symbolic links."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
        for name, target in (links or {}).items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname = tarfile.SYMTYPE, target
            archive.addfile(entry)
    return made.getvalue()


def keras_layer(class_name: str, module: str | None = "keras.layers", **config: Any) -> dict[str, Any]:
    """A layer as Keras describes it."""
    return {"class_name": class_name, "module": module, "config": config, "registered_name": None}


def keras_model(*layers: dict[str, Any]) -> str:
    """A model of these layers as Keras describes it."""
    return json.dumps({"class_name": "Sequential", "module": "keras", "config": {"layers": list(layers)}})
