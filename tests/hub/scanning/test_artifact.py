"""The artifact scanner's verdicts on pickles, on hostile bytes and on files that real programs write."""

import bz2
import datetime
import gzip
import io
import lzma
import pickle
import struct
import time
import zlib
from collections import OrderedDict, defaultdict
from decimal import Decimal
from pathlib import PurePosixPath
from uuid import UUID

import numpy
import pytest

from hub.scanning.scanners import artifact
from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.scanners.base import Report
from hub.scanning.sources import Budget
from hub.scanning.verdicts import Verdict
from tests.builders import pickles as made

SAFETENSORS = (
    struct.pack("<Q", 59) + b'{"w":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}      ' + b"\x80\x02"
)

GETATTR = made.global_line("builtins", "getattr")


def scan(data: bytes, path: str = "") -> Report:
    """The scanner's report on these bytes."""
    return ArtifactScanner().inspect(io.BytesIO(data), size=len(data), path=path)


def rules(report: Report) -> set[str]:
    """The rules that found something."""
    return {finding.rule for finding in report.findings}


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("nt", "system"),
        ("subprocess", "Popen"),
        ("builtins", "eval"),
        ("__builtin__", "execfile"),
        ("builtins", "__import__"),
        ("runpy", "run_path"),
        ("socket", "create_connection"),
        ("sys", "exit"),
        ("pkgutil", "resolve_name"),
        ("ctypes", "CDLL"),
        ("types", "CodeType"),
        ("operator", "methodcaller"),
        ("logging", "FileHandler"),
        ("torch.hub", "load"),
        ("torch.utils.collect_env", "run"),
        ("numpy.testing._private.utils", "runstring"),
        ("collections", "OrderedDict.__init__.__globals__"),
        ("torch", "serialization.os.system"),
        ("some_package", "utils.subprocess.run"),
        ("numpy", "__builtins__"),
    ],
)
def test_names_that_lead_out_are_dangerous_in_every_protocol(module: str, name: str, protocol: int):
    report = scan(made.calling(module, name, protocol=protocol))
    assert report.verdict == Verdict.DANGEROUS
    assert any(f"{module}.{name}" in finding.message for finding in report.findings)


@pytest.mark.parametrize("name", ["weights.txt", "model.safetensors", "a.png", "README", "x.pkl"])
def test_the_name_of_a_file_never_clears_it(name: str):
    assert scan(made.calling("os", "system"), name).verdict == Verdict.DANGEROUS


@pytest.mark.parametrize(
    "program",
    [
        b"(S'x'\nios\nsystem\n.",
        b"(" + made.global_line("os", "system") + b"S'x'\no.",
        b"\x80\x02" + made.global_line("os", "system") + b")\x81.",
        b"\x80\x04" + made.global_line("os", "system") + b")}\x92.",
        b"\x80\x04" + made.text("system") + b"\x940" + made.text("os") + b"h\x00\x93)R.",
        b"\x80\x04" + made.text("system") + b"q\x050" + made.text("os") + b"h\x05\x93)R.",
        b"\x80\x04Vos\nV\\u0073ystem\n\x93)R.",
        b"\x80\x04S'\\x6fs'\nS'system'\n\x93)R.",
        b"S'\\x \\9 \\q'\n0" + made.calling("os", "system"),
        b"\x80\x04S'\\157s'\nS'syst\\145m'\n\x93)R.",
        b"\x80\x04T\x02\x00\x00\x00osU\x06system\x93)R.",
        b"\x80\x02\x82\x01.",
        b"\x80\x02\x83\x01\x00.",
        b"\x80\x02\x84\x01\x00\x00\x00.",
        b"\x80\x04K\x01K\x02\x93.",
        b"\x95\x05\0\0\0\0\0\0\0G\0\0\0\0\0\0\0\0\x93cos\nsystem\n.",
        b"\x95\x0b\0\0\0\0\0\0\0\x95\x05\0\0\0\0\0\0\0\xffcos\nsystem\n.",
        b"\x80\x04\x95\x02\0\0\0\0\0\0\0c os\nsystem\n)R.",
        b"\x80\x04" + made.call_line("builtins", "str", "os") + made.text("system") + b"\x93.",
        b"\x80\x02" + made.global_line("collections", "OrderedDict") + b"}b.",
        b"\x80\x02" + made.global_line("collections", "OrderedDict") + made.text("a") + b"K\x01s.",
        b"\x80\x02" + made.call_line("os", "system") + b"\xff\xff garbage",
        b"\x80\x02" + made.call_line("os", "system"),
        b"\x80\x02N." + made.calling("os", "system"),
        b"I1\n." + made.calling("os", "system"),
        b"I\n0" + made.calling("os", "system"),
        b"I1\0x\n0" + made.calling("os", "system"),
        b"F1.5\0x\n0" + made.calling("os", "system"),
        b"V" + b"a" * 3_000_000 + b"\n0" + made.calling("os", "system"),
        b"Np" + b"0" * 60 + b"1\n0" + made.calling("os", "system"),
        b"\x80\x02" + made.global_line("a." * 600 + "b", "c") + b".",
        b"\x80\x04" + GETATTR + made.global_line("torch", "os") + made.text("system") + b"\x86R.",
        b"\x80\x04" + made.global_line("functools", "partial") + GETATTR + b"\x85R.",
        b"\x80\x04" + GETATTR + b"N" + made.text("a") + b"\x86R.",
        b"\x80\x02" + made.global_line("torch.storage", "_load_from_bytes") + b"N\x85R.",
    ],
)  # fmt: skip
def test_no_spelling_hides_a_dangerous_program(program: bytes):
    assert scan(program).verdict == Verdict.DANGEROUS


@pytest.mark.parametrize("deflated", [False, True])
def test_a_payload_is_found_in_every_carrier(deflated: bool):
    bad = made.calling("os", "system", protocol=2)
    array = made.object_array(bad)
    carriers = {
        "data.pkl": made.torch_file(bad, deflated=deflated),
        "member with another name": made.zip_of({"notes.txt": bad}, deflated=deflated),
        "protocol 0 member": made.zip_of({"weights.dat": made.calling("os", "system")}, deflated=deflated),
        "npz": made.zip_of({"a.npy": array}, deflated=deflated),
        "zip in zip": made.zip_of({"a.zip": made.zip_of({"b": bad})}, deflated=deflated),
        "zip after other bytes": SAFETENSORS + made.zip_of({"b": bad}, deflated=deflated),
        "torch's bytes in a pickle": b"\x80\x02"
        + made.global_line("torch.storage", "_load_from_bytes")
        + made.byte_string(made.torch_file(bad, deflated=deflated))
        + b"\x85R.",
    }
    assert {name: scan(data).verdict for name, data in carriers.items()} == dict.fromkeys(
        carriers, "dangerous"
    )


@pytest.mark.parametrize(
    "carrier",
    [
        made.legacy_torch_file(made.calling("os", "system", protocol=2)),
        made.object_array(made.calling("os", "system")),
        gzip.compress(made.calling("os", "system")),
        gzip.compress(b"\x80\x02N") + gzip.compress(b"0" + made.calling("os", "system")),
        zlib.compress(made.calling("os", "system")),
        bz2.compress(made.calling("os", "system")),
        lzma.compress(made.calling("os", "system")),
        lzma.compress(made.calling("os", "system"), lzma.FORMAT_ALONE),
        made.zip_of({"../evil.txt": b"text"}),
        made.joblib_array(made.calling("os", "system")),
        made.joblib_array(made.calling("os", "system"), code="O", flags=1),
    ],
)
def test_other_carriers_hide_nothing_either(carrier: bytes):
    assert scan(carrier).verdict == Verdict.DANGEROUS


def test_a_pickle_in_place_of_numbers_is_found():
    report = scan(made.number_array(made.calling("os", "system")))
    assert report.verdict == Verdict.DANGEROUS
    assert "hidden-pickle" in rules(report)


def test_a_directory_that_counts_too_few_members_is_read_to_its_end():
    data = bytearray(made.zip_of({"a.pkl": made.calling("os", "system")}))
    end = data.rfind(b"PK\x05\x06")
    data[end + 8 : end + 12] = b"\0\0\0\0"
    assert scan(bytes(data)).verdict == Verdict.DANGEROUS


@pytest.mark.parametrize(
    ("program", "rule"),
    [
        (made.calling("fairseq.tasks", "Task", protocol=2), "unknown-import"),
        (made.calling("__main__", "Net", protocol=4), "unknown-import"),
        (made.calling("models", "Net.Config", protocol=4), "unknown-import"),
        (b"\x80\x02" + made.text("id") + b"Q.", "persistent-id"),
        (b"\x80\x02N2\x86.", "unusual"),
        (b"\x80\x05\x97.", "unusual"),
        (b"\x80\x02N.\xff\xff\xff\xff", "data-after"),
        (made.zip_of({"a.txt": b"text"})[:-30], "bad-zip"),
    ],
)
def test_what_is_not_known_to_be_harmless_is_never_safe(program: bytes, rule: str):
    report = scan(program)
    assert report.verdict in (Verdict.SUSPICIOUS, Verdict.ERROR)
    assert rule in rules(report)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (b"\x80\x02X\xff\xff\xff\x7fshort", ""),
        (b"\x80\x02" + made.call_line("collections", "OrderedDict") + b"\xfe", ""),
        (b"\x80\x02R", ""),
        (b"\x00\x01\x02", "broken.pkl"),
        (b"PK\x03\x04 and nothing more", ""),
    ],
)
def test_a_broken_file_is_an_error(data: bytes, path: str):
    assert scan(data, path).verdict == Verdict.ERROR


@pytest.mark.parametrize("protocol", range(6))
def test_plain_python_data_is_safe(protocol: int):
    value = {
        "list": list(range(1000)),
        "text": ["ä" * 300, "b"],
        "nested": OrderedDict(a=(1, 2.5, None, True), b=frozenset({1})),
        "more": [defaultdict(list), datetime.datetime(2024, 1, 31), Decimal("1.5"), UUID(int=1), {1, 2}],
        "path": PurePosixPath("/a"),
        "bytes": b"\x00\xff" * 50_000,
        "big": 2**2000,
        "type": complex(1, 2),
    }
    report = scan(pickle.dumps(value, protocol))
    assert report.verdict == Verdict.SAFE, report


@pytest.mark.parametrize("protocol", [2, 5])
def test_what_numpy_pickles_is_safe(protocol: int):
    arrays = [numpy.arange(100.0), numpy.float32(1), numpy.array(["a", None], dtype=object)]
    state = [numpy.random.default_rng(1), numpy.dtype([("a", "f8")])]
    assert scan(pickle.dumps(arrays + state, protocol)).verdict == Verdict.SAFE


@pytest.mark.parametrize("save", [numpy.savez, numpy.savez_compressed])
def test_what_numpy_saves_is_safe(save):
    file = io.BytesIO()
    save(file, numbers=numpy.arange(10), objects=numpy.array([{}, "x"], dtype=object))
    assert scan(file.getvalue()).verdict == Verdict.SAFE


@pytest.mark.parametrize(
    "data",
    [
        made.torch_file(made.state_dict()),
        made.torch_file(made.state_dict(), deflated=True),
        made.legacy_torch_file(made.state_dict()),
        made.object_array(pickle.dumps([1, "a"], 2)),
        made.joblib_array(bytes(range(200))),
        gzip.compress(pickle.dumps([1, 2])),
    ],
)
def test_checkpoints_with_nothing_but_tensors_are_safe(data: bytes):
    report = scan(data)
    assert report.verdict == Verdict.SAFE, report


def test_known_imports_are_told_in_a_safe_report():
    report = scan(made.torch_file(made.state_dict()))
    assert {(one.module, one.name, str(one.safety)) for one in report.imports} == {
        ("collections", "OrderedDict", "innocuous"),
        ("torch", "FloatStorage", "innocuous"),
        ("torch._utils", "_rebuild_tensor_v2", "innocuous"),
    }


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"# A card\n\nWith words, and ends.\n", "text"),
        (b'{"model_type": "bert"}', "text"),
        (b"cat\ndog\nhouse\n", "text"),
        (b"class Net:\n    pass\n", "text"),
        (SAFETENSORS, "safetensors"),
        (b"GGUF\x03\0\0\0" + bytes(16), "GGUF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG"),
    ],
)
def test_recognised_formats_without_a_pickle_are_safe(data: bytes, words: str):
    report = scan(data)
    assert report.verdict == Verdict.SAFE
    assert rules(report) == {"not-a-pickle"}
    assert words in report.findings[0].message


@pytest.mark.parametrize(
    "data",
    [
        bytes(100),
        b"\x80\x09N.",
    ],
)
def test_unrecognised_content_is_not_called_safe(data: bytes):
    report = scan(data)
    assert report.verdict == Verdict.UNSCANNED
    assert rules(report) == {"unrecognised"}


def test_an_empty_file_is_safe():
    assert scan(b"").verdict == Verdict.SAFE


class Counted(io.BytesIO):
    """Bytes that count how many of them were read."""

    fetched = 0

    def read(self, size: int | None = -1) -> bytes:
        """Read and count."""
        data = super().read(size)
        self.fetched += len(data)
        return data


@pytest.mark.parametrize(
    "data",
    [
        made.torch_file(made.state_dict(), **{"model/data/1": bytes(30_000_000)}),
        made.legacy_torch_file(made.state_dict()) + bytes(30_000_000),
        made.number_array(bytes(30_000_000)),
        b"\x80\x02" + made.byte_string(bytes(30_000_000)) + b".",
    ],
)
def test_weights_are_stepped_over_and_not_read(data: bytes):
    file = Counted(data)
    assert ArtifactScanner().inspect(file, size=len(data), path="").verdict == Verdict.SAFE
    assert file.fetched < 1_500_000


@pytest.mark.parametrize(
    "data",
    [
        made.torch_file(b"\x80\x02" + b"N0" * 3_000_000 + b"N.", deflated=True),
        made.torch_file(b"\x80\x02" + b"N" * 1_100_000 + b".", deflated=True),
        b"\x80\x02" + b"(" * 1_100_000,
        made.torch_file(b"\x80\x02N." * 1100, deflated=True),
        gzip.compress(gzip.compress(gzip.compress(gzip.compress(gzip.compress(b"\x80\x02N."))))),
    ],
)
def test_a_bomb_ends_as_an_error(data: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(artifact, "Budget", lambda: Budget(steps=2_000_000))
    report = scan(data)
    assert report.verdict == Verdict.ERROR
    assert rules(report) & {"too-much", "too-deep"}


def test_what_was_seen_before_a_bomb_still_counts(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(artifact, "Budget", lambda: Budget(steps=10_000))
    report = scan(b"\x80\x02" + made.call_line("os", "system") + b"N0" * 50_000 + b".")
    assert report.verdict == Verdict.DANGEROUS


def test_a_large_packed_file_is_unpacked_in_time():
    began = time.monotonic()
    assert scan(gzip.compress(b"\x80\x02" + made.byte_string(bytes(60 << 20)) + b".", 1)).verdict == "safe"
    assert time.monotonic() - began < 5


def test_records_that_name_each_other_many_times_over_cost_no_time():
    number = made.global_line("numpy", "dtype") + made.text("u8") + b"\x89\x88\x87Rq\x000"
    record = made.global_line("numpy", "dtype") + made.text("V8") + b"\x89\x88\x87R(K\x03" + made.text("|")
    program = number
    for depth in range(1, 12):
        fields = b"".join(
            made.text(f"f{place}") + b"h" + bytes([depth - 1, 75, 0]) + b"\x86" for place in range(14)
        )
        program += record + b"NN}(" + fields + b"uK\x08K\x01K\x00tbq" + bytes([depth]) + b"0"
    state = made.text("shape") + b"K\x01\x85" + made.text("dtype") + b"h\x0b"
    wrapper = made.global_line("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81}(" + state + b"ub"
    began = time.monotonic()
    report = scan(b"\x80\x02" + program + wrapper + bytes(8) + b".")
    assert report.verdict == Verdict.ERROR
    assert "whose size cannot be told" in report.findings[0].message
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("code", [b"\x82\x19", b"\x83\x19\x01", b"\x84\x19\x01\x02\x03"])
def test_an_import_by_number_is_dangerous_where_it_is_called_and_noise_where_nothing_follows(code):
    noise = bytes.fromhex("f99a85e4b9c11088738285e5bebfc0c1") * 40
    assert scan(code + noise).verdict == Verdict.UNSCANNED
    assert scan(b"\x80\x02" + code + noise).verdict == Verdict.DANGEROUS
    assert scan(code + b"(tR.").verdict == Verdict.DANGEROUS
    assert scan(code + b".").verdict == Verdict.DANGEROUS
    assert scan(code + b"(tR" + noise).verdict == Verdict.DANGEROUS
