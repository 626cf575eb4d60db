"""Headers of gguf: both orders of bytes, both versions; hostile ones are refused by name."""

import io
import random
import struct

import pytest

from hub.compute.errors import GgufInvalid
from hub.compute.gguf import ARRAY, TEXT, Header, read_header
from tests.builders.weights import gguf

U32, F32, BOOL, U64 = 4, 6, 7, 10
TALKS = {
    "general.architecture": (TEXT, "llama"),
    "llama.context_length": (U32, 4096),
    "llama.rope": (F32, 0.5),
    "tokenizer.ggml.tokens": (ARRAY, (TEXT, ["<s>", "a", "ä"])),
    "tokenizer.ggml.scores": (ARRAY, (F32, [0.0, 1.0])),
    "tokenizer.chat_template": (TEXT, "{{ messages }}"),
    "general.big": (U64, 2**60),
    "general.yes": (BOOL, True),
}
WEIGHTS = {"embedding": (12, [256, 8]), "norm": (0, [8])}


def read(data: bytes) -> Header:
    return read_header(io.BytesIO(data), len(data))


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("order", ["<", ">"])
def test_tells_what_the_model_is(version, order):
    found = read(gguf(TALKS, WEIGHTS, version=version, order=order))
    assert (found.architecture, found.context_length) == ("llama", 4096)
    assert found.parameters == {"Q4_K": 2048, "F32": 8}
    assert (found.total, found.quantization) == (2056, "Q4_K")
    assert found.chat_template == "{{ messages }}"
    assert "tokenizer.ggml.tokens" not in found.metadata


def test_a_model_without_words_says_nothing():
    found = read(gguf({}, {}))
    assert (found.total, found.architecture, found.context_length, found.quantization) == (
        0,
        None,
        None,
        None,
    )


@pytest.mark.parametrize("value", [(TEXT, "many"), (U32, 0), (5, -1), (BOOL, True)])
def test_a_context_length_that_is_no_length_is_left_out(value):
    assert read(gguf(TALKS | {"llama.context_length": value}, {})).context_length is None


def test_a_long_text_is_passed_over():
    found = read(gguf(TALKS | {"tokenizer.chat_template": (TEXT, "x" * 70_000)}, WEIGHTS))
    assert found.chat_template is None
    assert found.total == 2056


def head(*values: int) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", *values)


def entry(kind: int, rest: bytes, key: bytes = b"k") -> bytes:
    return head(3, 0, 1) + struct.pack("<Q", len(key)) + key + struct.pack("<I", kind) + rest


HOSTILE = {
    "empty": b"",
    "another magic": b"GGML" + bytes(100),
    "cut off": gguf(TALKS, WEIGHTS, room=0)[:-3],
    "version 1": head(1, 0, 0),
    "version of the future": head(2**31, 0, 0),
    "many tensors": head(3, 2**63, 0),
    "many entries": head(3, 0, 2**63),
    "tensors that are not there": head(3, 100_000, 0),
    "a long key": head(3, 0, 1) + struct.pack("<Q", 2**40),
    "a key that is no text": entry(U32, bytes(4), b"\xff"),
    "the same key twice": gguf({"a": (U32, 1)}, {}, room=0)[:16]
    + struct.pack("<Q", 2)
    + gguf({"a": (U32, 1)}, {}, room=0)[24:] * 2,
    "an unknown type": entry(77, bytes(8)),
    "a long text": entry(TEXT, struct.pack("<Q", 2**62)),
    "a long array": entry(ARRAY, struct.pack("<IQ", U32, 2**62)),
    "an array of arrays": entry(ARRAY, struct.pack("<IQIQ", ARRAY, 1, U32, 0)),
    "an array of unknowns": entry(ARRAY, struct.pack("<IQ", 99, 1)),
    "many dimensions": head(3, 1, 0) + struct.pack("<QI", 0, 1000),
    "weights beyond the bits of the file": gguf({}, {"a": (0, [2**40])}),
    "weights beyond all numbers": gguf({}, {"a": (0, [2**63] * 8)}),
    "many weights in all": gguf({}, {str(n): (0, [20_000]) for n in range(100)}, room=0),
    "a tensor behind the end": gguf({}, {"a": (0, [1])}, room=0)[:-8] + struct.pack("<Q", 2**60),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_by_name(name):
    with pytest.raises(GgufInvalid):
        read(HOSTILE[name])


def test_random_garbage_is_read_or_refused():
    chance = random.Random(5)
    sound = gguf(TALKS, WEIGHTS, room=8)
    for _ in range(3000):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            found = read(bytes(data[: chance.randint(0, len(data))]))
            assert found.total <= len(data) * 8
        except GgufInvalid:
            pass
