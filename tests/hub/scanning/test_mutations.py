"""Whole files of every format, damaged and spliced: each ends in a verdict, and no call is lost."""

import gzip
import io
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.scanning.scanners.artifact import ArtifactScanner
from hub.scanning.scanners.base import Report
from tests.builders import artifacts, pickles
from tests.hub.scanning.test_hostile import WHOLE

SYSTEM = pickles.calling("os", "system", protocol=2)
SEEDS = [
    *WHOLE.values(),
    pickles.state_dict(),
    pickles.legacy_torch_file(pickles.state_dict()),
    pickles.torch_file(pickles.state_dict(), deflated=True),
    pickles.object_array(pickles.state_dict()),
    pickles.joblib_array(b"abcd"),
    gzip.compress(pickles.state_dict()),
    artifacts.graph_def("Const"),
    artifacts.gguf(
        {"a": "b"}, tensors=artifacts.gguf_tensor("w", (8,), 0, 0), tensor_count=1, data=bytes(32)
    ),
    b"\x81\xa1a\xc4\x04abcd",
    b"a: 1\nb: [x, y]\n",
]
# As slow as one file may be here, where none is large.
SECONDS = 3
ARE_FEW = settings(derandomize=True, database=None, deadline=None, max_examples=1000)


def scan(data: bytes) -> Report:
    """The report on these bytes, which must come soon and say something."""
    began = time.monotonic()
    report = ArtifactScanner().inspect(io.BytesIO(data), size=len(data), path="")
    assert report.findings
    assert time.monotonic() - began < SECONDS
    return report


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A file with bits turned, bytes cut out, or something of another file put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        match draw(st.sampled_from(["bit", "number", "cut", "end", "splice"])):
            case "bit" if data:
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "number":
                data[at : at + 4] = draw(
                    st.sampled_from([bytes(4), b"\xff" * 4, b"\0\0\0\x80", b"\xff\xff\xff\x7f"])
                )
            case "cut":
                del data[at : at + draw(st.integers(1, 64))]
            case "end":
                del data[at:]
            case _:
                other = draw(st.sampled_from(SEEDS))
                start = draw(st.integers(0, len(other) - 1))
                data[at:at] = other[start : start + draw(st.integers(1, 256))]
    return bytes(data)


@ARE_FEW
@given(damaged())
def test_a_damaged_file_ends_in_a_verdict_and_runs_nothing_unseen(data: bytes):
    """What did nothing may be anything after it; only it is never slow, and never an exception."""
    if data:
        scan(data)


@ARE_FEW
@given(st.binary(max_size=64), st.binary(max_size=64))
def test_a_call_is_found_whatever_stands_in_the_values_around_it(before: bytes, after: bytes):
    values = pickles.byte_string(before) + b"0"
    program = b"\x80\x04" + values + SYSTEM[2:-1] + pickles.byte_string(after) + b"."
    for data in (program, pickles.torch_file(program), pickles.object_array(program), gzip.compress(program)):
        assert scan(data).verdict == "dangerous"


@ARE_FEW
@given(st.binary(max_size=200))
def test_what_follows_a_call_cannot_take_it_back(rest: bytes):
    """An unpickler acts while it reads: by the time that it meets an error, the command has run."""
    assert scan(SYSTEM[:-1] + rest).verdict == "dangerous"
    assert scan(pickles.object_array(SYSTEM[:-1] + rest)).verdict == "dangerous"


@ARE_FEW
@given(st.binary(max_size=300))
def test_noise_is_not_dangerous(noise: bytes):
    assert scan(b"\xee" + noise).verdict != "dangerous"


@settings(ARE_FEW, max_examples=150)
@given(st.data())
def test_damage_to_a_torch_file_never_makes_its_call_safe(data: st.DataObject):
    """One bit anywhere but in the program: whichever reader still reads it, it does not become safe."""
    program = SYSTEM
    whole = bytearray(pickles.torch_file(program))
    start = whole.index(program)
    places = [at for at in range(len(whole)) if not start <= at < start + len(program)]
    at = data.draw(st.sampled_from(places))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    assert scan(bytes(whole)).verdict != "safe"
