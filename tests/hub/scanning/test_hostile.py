"""Real structure, damaged with fixed seeds: each ends in a verdict, quickly; large files are left unread."""

import io
import random
import struct
import time
import zlib

import pytest

from hub.scanning.scanners.artifact import ArtifactScanner
from tests.builders import artifacts, pickles

ROUNDS = 300
WHOLE = {
    "safetensors": artifacts.safetensors({"w": artifacts.tensor()}, bytes(4)),
    "gguf": artifacts.gguf({"general.name": "a", "tokenizer.chat_template": artifacts.GOOD_TEMPLATE}),
    "onnx": artifacts.onnx(location="w.bin", depth=3),
    "saved model": artifacts.saved_model("Const", "MatMul"),
    "hdf5": artifacts.hdf5({"model_config": artifacts.keras_model(artifacts.keras_layer("Dense"))}),
    "tar": artifacts.tar_of({"a": b"text", "b.json": b'{"a": 1}'}, links={"c": "a"}),
    "keras": pickles.zip_of({"config.json": artifacts.keras_model(artifacts.keras_layer("Dense")).encode()}),
    "torch": pickles.torch_file(pickles.state_dict()),
    "template": artifacts.GOOD_TEMPLATE.encode(),
    "npy": pickles.number_array(bytes(100)),
}


@pytest.mark.parametrize("name", WHOLE)
def test_damage_ends_in_a_verdict(name: str):
    chance = random.Random(name)
    scanner = ArtifactScanner()
    began = time.monotonic()
    for _ in range(ROUNDS):
        data = bytearray(WHOLE[name])
        for _ in range(chance.choice([1, 2, 8])):
            damage(data, chance)
        report = scanner.inspect(io.BytesIO(data), size=len(data), path="")
        assert report.findings
    assert time.monotonic() - began < 30


def damage(data: bytearray, chance: random.Random) -> None:
    """Change, lengthen, or shorten it somewhere."""
    at = chance.randrange(len(data) + 1)
    match chance.randrange(4):
        case 0:
            data[at : at + 1] = bytes([chance.choice([0, 1, 127, 128, 255])])
        case 1:
            data[at : at + 8] = bytes([chance.choice([0, 255])]) * 8
        case 2:
            data[at:at] = data[at : at + chance.randrange(1, 100)]
        case 3:
            del data[at : at + chance.randrange(1, 100)]


class Sparse:
    """A file of a few pieces over zeros, which counts what is read of it."""

    def __init__(self, size: int, pieces: dict[int, bytes]) -> None:
        self.size, self.pieces = size, pieces
        self.position = self.fetched = 0

    def seek(self, position: int) -> None:
        """Go there."""
        self.position = position

    def read(self, count: int) -> bytes:
        """Read and count."""
        count = max(0, min(count, self.size - self.position))
        made = bytearray(count)
        for start, data in self.pieces.items():
            first, last = max(start, self.position), min(start + len(data), self.position + count)
            if first < last:
                made[first - self.position : last - self.position] = data[first - start : last - start]
        self.position += count
        self.fetched += count
        return bytes(made)


def huge_torch_file(program: bytes, *, tensors: int = 1000, size: int = 10 << 20) -> Sparse:
    """A checkpoint as torch writes it, with a 64-bit directory behind its tensors of `size` bytes each."""
    members = {"m/data.pkl": (program, len(program))}
    members |= {f"m/data/{number}": (b"", size) for number in range(tensors)}
    pieces, directory, at = {}, b"", 0
    for name, (data, length) in members.items():
        text = name.encode()
        shared = struct.pack("<4H3L", 0, 0, 0, 0, zlib.crc32(data), length, length)
        local = b"PK\x03\x04" + struct.pack("<H", 0) + shared + struct.pack("<2H", len(text), 0) + text
        pieces[at] = local + data
        wide = struct.pack("<2HQ", 1, 8, at) if at >= 2**32 - 1 else b""
        directory += b"PK\x01\x02" + struct.pack("<2H", 0, 0) + shared
        directory += struct.pack("<5H2L", len(text), len(wide), 0, 0, 0, 0, min(at, 2**32 - 1)) + text + wide
        at += len(local) + length
    end = struct.pack(
        "<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, tensors + 1, tensors + 1, len(directory), at
    )
    end += struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(directory), 1)
    end += struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 2**16 - 1, 2**16 - 1, 2**32 - 1, 2**32 - 1, 0)
    pieces[at] = directory + end
    return Sparse(at + len(directory) + len(end), pieces)


@pytest.mark.parametrize(
    ("program", "verdict"),
    [(pickles.state_dict(), "safe"), (pickles.calling("os", "system", protocol=2), "dangerous")],
)
def test_ten_gigabytes_of_tensors_are_judged_from_two_megabytes(program: bytes, verdict: str):
    file = huge_torch_file(program)
    assert file.size > 10 * 10**9
    began = time.monotonic()
    assert ArtifactScanner().inspect(file, size=file.size, path="").verdict == verdict
    assert time.monotonic() - began < 2
    assert file.fetched < 2_000_000


def test_other_large_weights_are_not_read_either():
    length = 10 << 30
    entries = {"__metadata__": {"format": "pt"}, "w": artifacts.tensor(0, length, shape=(length // 4,))}
    header = artifacts.safetensors(entries)
    entry = artifacts.gguf_tensor("w", (length // 4,), 0, 0)
    gguf = artifacts.gguf(tensors=entry, tensor_count=1)
    array = pickles.npy_header("<f4", length // 4)
    for head in (header, gguf, array):
        file = Sparse(len(head) + length, {0: head})
        assert ArtifactScanner().inspect(file, size=file.size, path="").verdict == "safe"
        assert file.fetched < 1_000_000
