"""Classes of attack beside pickles, each with the harmless file that looks most like it."""

import io
import json
import struct

import pytest

from hub.scanning.scanners.artifact import ArtifactScanner
from tests.builders import artifacts, pickles

SYSTEM = pickles.calling("os", "system", protocol=4)


def verdict(data: bytes | str, path: str = "") -> str:
    """The verdict on these bytes."""
    data = data.encode() if isinstance(data, str) else data
    return ArtifactScanner().inspect(io.BytesIO(data), size=len(data), path=path).verdict


def packed(data: bytes) -> bytes:
    """MessagePack of a map with these bytes in it, as msgpack_numpy writes an array."""
    return b"\x82\xa4type\xa1O\xa4data\xc4" + bytes([len(data)]) + data


def serialized(kind: int, *, workspace: bool = False) -> bytes:
    """Data of R, version 3, whose value is of this type."""
    head = b"X\n" + struct.pack(">3L", 3, 0x40300, 0x30500) + struct.pack(">L", 5) + b"UTF-8"
    name = struct.pack(">3L", 1, 0x40009, 1) + b"x"
    inside = struct.pack(">L", 0x402) + name if workspace else b""
    return (b"RDX3\n" if workspace else b"") + head + inside + struct.pack(">L", kind) + bytes(40)


def linked(target: bytes) -> bytes:
    """HDF5 with an external link, whose message stands behind the rest."""
    inside = b"\0" + target + b"\0/w\0"
    link = b"\x01\x08\x40\x01w" + struct.pack("<H", len(inside)) + inside
    return artifacts.hdf5({"a": "b"}) + link


def kept_elsewhere(name: bytes) -> bytes:
    """HDF5 with a dataset in another file, whose name stands in a heap."""
    whole = artifacts.hdf5({"a": "b"})
    message = b"\x07\0\x20\0\0\0\0\0\x01\0\0\0" + struct.pack("<2H", 1, 1)
    heap = len(whole) + len(message) + 40
    message += struct.pack("<5Q", heap, 8, 0, 10, 0)
    return whole + message + b"HEAP\0\0\0\0" + struct.pack("<3Q", 32, 0, heap + 32) + bytes(8) + name + b"\0"


TIMES = (("a", "b"), ("b", "c"), ("c", "d"), ("d", "e"))
ENTITIES = "".join(f'<!ENTITY {name} "{9 * f"&{before};"}">' for before, name in TIMES)
CLONE = {"module": "keras.src.models.cloning", "class_name": "function", "config": "clone_model"}
MODEL = {"module": "keras.src.models.sequential", "class_name": "Sequential", "config": {}}
LAMBDA = artifacts.keras_layer("Lambda", function={"class_name": "__lambda__", "config": {"code": "4w="}})


def outside(key: str) -> bytes:
    """ONNX with a tensor in another file, of which one more thing is noted."""
    field = artifacts.field
    notes = [
        field(13, field(1, key_) + field(2, value)) for key_, value in (("location", "w.bin"), (key, "0"))
    ]
    tensor = field(1, 4) + field(2, 1) + field(8, "w") + b"".join(notes) + field(14, 1)
    return field(1, 8) + field(7, field(5, tensor) + field(2, "graph")) + field(8, field(2, 17))


# name: (hostile, harmless)
PAIRS = {
    "a pickle in messagepack": (packed(SYSTEM), packed(pickles.calling("numpy", "dtype", protocol=4))),
    "a promise of R": (serialized(5), serialized(19)),
    "a promise in a workspace of R": (serialized(5, workspace=True), serialized(19, workspace=True)),
    "a link in hdf5": (linked(b"/etc/passwd"), linked(b"weights.h5")),
    "a dataset of hdf5 elsewhere": (kept_elsewhere(b"../../secret"), kept_elsewhere(b"weights.raw")),
    "hdf5 behind a picture": (
        b"\x89PNG\r\n\x1a\n".ljust(512, b"\0")
        + artifacts.hdf5({"model_config": artifacts.keras_model(LAMBDA)}),
        b"\x89PNG\r\n\x1a\n".ljust(512, b"\0") + artifacts.hdf5({"a": "b"}),
    ),
    "a note of onnx": (outside("__class__"), outside("offset")),
    "an index of weights": (
        json.dumps({"weight_map": {"w": "../../other/pytorch_model.bin"}}),
        json.dumps({"weight_map": {"w": "model-00001-of-00002.safetensors"}}),
    ),
    "jsonpickle": (json.dumps({"py/object": "subprocess.Popen"}), json.dumps({"py/object": "mine.Settings"})),
    "jsonpickle, evaluated": (json.dumps({"a": {"py/repr": "os/os.system('id')"}}), json.dumps({"py/id": 1})),
    "entities of XML": (
        f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">{ENTITIES}]><l>&e;</l>',
        '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">]><l>&a;</l>',
    ),
    "a template from elsewhere": ("{% include '/etc/passwd' %}", "{% include 'header.jinja' %}"),
    "an item of nothing": (
        "{% set a = '%c' % 95 %}{{ ()[a * 2 ~ 'class' ~ a * 2] }}",
        "{% set a = [1] %}{{ a[0] }}{{ messages[loop.index0] }}",
    ),
    "a function of keras that makes models": (artifacts.keras_model(CLONE), artifacts.keras_model(MODEL)),
    "a class that NeMo builds": (
        artifacts.tar_of({"model_config.yaml": b"target: os.system\n"}),
        artifacts.tar_of({"model_config.yaml": b"target: nemo.collections.asr.models.EncDecCTCModel\n"}),
    ),
    "an operation of a library": (artifacts.saved_model("ShellExecute"), artifacts.saved_model("MatMul")),
    "an operation that reads a database": (
        artifacts.saved_model("LMDBReader"),
        artifacts.saved_model("Relu"),
    ),
    "an archive of ar": (b"!<arch>\na.pkl/ " + b" " * 40, "!<archive> of words"),
    "data of R in words": (b"A\n3\n262147\n197888\n", b"A\n3rd\n"),
}


@pytest.mark.parametrize("name", PAIRS)
def test_what_reaches_out_is_never_safe_and_what_looks_like_it_is(name: str):
    hostile, harmless = PAIRS[name]
    assert verdict(hostile) in ("dangerous", "suspicious", "error")
    assert verdict(harmless) == "safe"


def test_a_target_is_a_class_in_the_files_of_frameworks_only():
    assert verdict("target: test.csv\nclass_path: code.py\n") == "safe"
