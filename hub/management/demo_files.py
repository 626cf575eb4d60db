"""The demo's files: real formats, made by hand, a few hundred bytes each. Pure."""

import json
import struct

GGUF_VERSION = 3
GGUF_UINT32, GGUF_STRING = 4, 8
GGML_F32 = 0
GGUF_ALIGNMENT = 32

SAFETENSORS_CARD = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
language: en
tags: [demo, tiny]
---
# Tiny classifier

A linear layer of ten numbers, small enough to read: the demo of a model that is published well. Its weights
are safetensors, which hold numbers and nothing that runs.
"""
GGUF_CARD = """---
license: mit
library_name: gguf
pipeline_tag: text-generation
tags: [demo, tiny, gguf]
---
# Tiny GGUF

One tensor behind a complete GGUF header, for trying out how the hub shows such a file. It generates no text.
"""
PICKLE_CARD = """---
library_name: pytorch
tags: [demo]
---
# Unsafe pickle

A pickle that runs a command when it is loaded, as a demo of the scanner: the hub withholds it, and a
moderator decides about it. The command only prints a line. The card declares no licence, which the hub
remarks as well.
"""


def safetensors_file() -> bytes:
    """A weight of 2 by 4 and a bias of 2, as 32-bit floats."""
    weight = struct.pack("<8f", *(number / 8 for number in range(8)))
    bias = struct.pack("<2f", -0.5, 0.5)
    header = {
        "__metadata__": {"format": "pt"},
        "classifier.weight": {"dtype": "F32", "shape": [2, 4], "data_offsets": [0, len(weight)]},
        "classifier.bias": {
            "dtype": "F32",
            "shape": [2],
            "data_offsets": [len(weight), len(weight) + len(bias)],
        },
    }
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + weight + bias


def config_file() -> bytes:
    """What a transformers config says of the classifier."""
    config = {
        "model_type": "linear",
        "architectures": ["LinearClassifier"],
        "num_labels": 2,
        "hidden_size": 4,
    }
    return json.dumps(config, indent=2).encode() + b"\n"


def gguf_file() -> bytes:
    """A header with three facts and one tensor of 8 zeros."""
    facts = [
        _gguf_text("general.architecture") + struct.pack("<I", GGUF_STRING) + _gguf_text("llama"),
        _gguf_text("general.name") + struct.pack("<I", GGUF_STRING) + _gguf_text("Tiny GGUF"),
        _gguf_text("general.alignment") + struct.pack("<II", GGUF_UINT32, GGUF_ALIGNMENT),
    ]
    tensor = _gguf_text("output_norm.weight") + struct.pack("<IQIQ", 1, 8, GGML_F32, 0)
    header = b"GGUF" + struct.pack("<IQQ", GGUF_VERSION, 1, len(facts)) + b"".join(facts) + tensor
    return header + b"\0" * (-len(header) % GGUF_ALIGNMENT) + struct.pack("<8f", *[0.0] * 8)


def pickle_file() -> bytes:
    """A protocol 2 pickle that calls os.system("echo …") when it is loaded; nothing here loads it."""
    command = b"echo This line was printed by loading a pickle."
    text = b"X" + struct.pack("<I", len(command)) + command
    return b"\x80\x02" + b"cos\nsystem\n" + text + b"\x85" + b"R" + b"."


def _gguf_text(text: str) -> bytes:
    return struct.pack("<Q", len(text)) + text.encode()


REPOSITORIES: dict[str, dict[str, bytes]] = {
    "tiny-classifier": {
        "README.md": SAFETENSORS_CARD.encode(),
        "config.json": config_file(),
        "model.safetensors": safetensors_file(),
    },
    "tiny-gguf": {"README.md": GGUF_CARD.encode(), "tiny.gguf": gguf_file()},
    "unsafe-pickle": {"README.md": PICKLE_CARD.encode(), "pytorch_model.bin": pickle_file()},
}
