"""Every range of a file in chunks is the range of its bytes, fetched in few requests and little memory."""

import io
import threading
import time
import tracemalloc
from random import Random
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ReadTimeoutError

from hub.compute.safetensors import read_header
from storage import s3
from storage.models import Blob, Reconstruction, Xorb
from storage.readers import open_blob
from storage.xet import reading, uploads
from storage.xet.hashing import file_hash, range_hash, to_text
from storage.xet.reading import Layout
from storage.xet.registration import prove_files, register_files
from storage.xet.shards import FileBlock, TermBlock, parse_shard
from storage.xet.xorbs import XorbInvalid, unpack
from tests import xet
from tests.builders import artifacts

pytestmark = pytest.mark.django_db
SCOPE = "repository:0"
KIB, MIB = 1024, 1024 * 1024
SECONDS = 30


def make_file(*parts):
    """A file that was registered, by its reconstruction."""
    for xorb in {part.xorb.hash: part.xorb for part in parts}.values():
        uploads.keep_xorb(
            scope=SCOPE, hash=xorb.hash, file=io.BytesIO(xorb.data), size=len(xorb.data), user=None
        )
    file = xet.File(list(parts))
    proved = prove_files(parse_shard(xet.Shard([file]).data).files)
    register_files(scope=SCOPE, proved=proved, user=None)
    return Reconstruction.objects.get(pk=file.true_hash), file.raw


def repeated(xorb, times):
    """A file that is a xorb many times over, of which nobody has to hold all bytes."""
    make_file(xet.Part(xorb))
    nodes = xorb.nodes()
    proof = to_text(range_hash(b"".join(digest for digest, _ in nodes)))
    term = TermBlock(xorb.hash, len(xorb.raw), 0, len(nodes), proof)
    name = to_text(file_hash(node for _ in range(times) for node in nodes))
    file = FileBlock(name, "0" * 64, times * len(xorb.raw), [term] * times)
    register_files(scope=SCOPE, proved=prove_files([file]), user=None)
    return Reconstruction.objects.get(pk=name)


@pytest.fixture
def odd():
    """A file of chunks of many sizes out of three xorbs in all ways of packing, and its bytes."""
    sizes = [1, 700, 3, 4096, 1000, 1, 2, 65536, 5]
    xorbs = []
    for seed, scheme in enumerate(xet.SCHEMES):
        data = xet.floats(sum(sizes), seed=seed)
        ends = [sum(sizes[:at]) for at in range(len(sizes) + 1)]
        xorbs.append(xet.Xorb([data[a:b] for a, b in zip(ends, ends[1:], strict=False)], scheme))
    a, b, c = xorbs
    return make_file(
        xet.Part(a), xet.Part(b, 3, 5), xet.Part(c, 0, 1), xet.Part(b, 3, 5), xet.Part(c, 1), xet.Part(a, 8)
    )


@pytest.fixture
def large():
    """A file of 24 MiB in three xorbs, and its bytes."""
    xorbs = [xet.Xorb(xet.cut(xet.noise(8 * MIB, seed=seed))) for seed in range(3)]
    return make_file(*(xet.Part(xorb) for xorb in xorbs))


@pytest.fixture
def fetched(monkeypatch):
    """The number of bytes of every request to S3."""
    asked = []
    original = s3._range

    def counted(key, start, length):
        asked.append(length)
        return original(key, start, length)

    monkeypatch.setattr(s3, "_range", counted)
    return asked


def bytes_of(plan):
    """What a client makes of a plan: every span fetched and unpacked."""
    return b"".join(
        b"".join(unpack(s3.read_range(span.key, span.begin, span.end - span.begin))) for span in plan.spans
    )


def test_every_kind_of_range(odd):
    file, data = odd
    edges = sorted({0, 1, 2, 700, 701, 704, 705, 4800, 5800, 71342, 71343, 71344, 76439, len(data) - 1})
    for first in edges:
        for last in (edge for edge in edges if edge >= first):
            wanted = data[first : last + 1]
            assert b"".join(reading.stream(file, first, last)) == wanted
            plan = reading.plan(file, first, last)
            unpacked = bytes_of(plan)
            assert unpacked[plan.offset : plan.offset + len(wanted)] == wanted
            assert sum(span.length for span in plan.spans) == len(unpacked)
            assert [span.start for span in plan.spans][0] == first - plan.offset


def test_any_sequence_of_seeks_and_reads(odd):
    file, content = odd
    random = Random(1)
    blob = Blob(sha256="0" * 64, size=len(content), reconstruction=file)
    for _ in range(30):
        with open_blob(blob) as reader:
            for _ in range(5):
                at = random.randrange(len(content) + 10)
                length = random.choice([0, 1, 100, 5000, 300_000, 2 * len(content)])
                reader.seek(at)
                assert reader.read(length) == content[at : at + length]
            assert reader.seek(-5, io.SEEK_END) == len(content) - 5
            assert reader.read() == content[-5:]


def test_a_plan_takes_one_query_and_no_more_chunks_than_it_needs(odd, django_assert_num_queries):
    file, data = odd
    with django_assert_num_queries(1):
        whole = reading.plan(file, 0, len(data) - 1)
    assert [(span.first, span.last) for span in whole.spans] == [
        (0, 9),
        (3, 5),
        (0, 1),
        (3, 5),
        (1, 9),
        (8, 9),
    ]
    with django_assert_num_queries(1):
        part = reading.plan(file, 700, 701)
    [span] = part.spans
    assert (span.first, span.last, span.start, span.length, part.offset) == (1, 3, 1, 703, 699)


def test_a_link_reads_exactly_its_range(large):
    file, data = large
    plan = reading.plan(file, 9 * MIB, 9 * MIB + 10)
    [span] = plan.spans
    link = s3.range_link(span.key, first=span.begin, last=span.end - 1, seconds=60)
    told = {"Range": f"bytes={span.begin}-{span.end - 1}"}
    with urlopen(Request(link, headers=told)) as reply:
        assert b"".join(unpack(reply.read()))[plan.offset :][:11] == data[9 * MIB : 9 * MIB + 11]
    for other in ({"Range": f"bytes=0-{span.end - 1}"}, {}):
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(link, headers=other))
        with refused.value:
            assert refused.value.code == 403


def test_a_stream_takes_one_request_for_each_term(large, fetched):
    file, data = large
    assert b"".join(reading.stream(file)) == data
    assert sorted(fetched) == sorted(Xorb.objects.values_list("size", flat=True))


def test_a_stream_needs_little_memory_however_large_the_file_is():
    xorb = xet.Xorb(xet.cut(xet.noise(8 * MIB)))
    file = repeated(xorb, 16)
    assert file.size == 128 * MIB
    tracemalloc.start()
    assert sum(len(piece) for piece in reading.stream(file)) == file.size
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 * MIB


def test_a_stream_reads_on_where_the_store_hung_up_but_not_for_ever(large, monkeypatch):
    file, data = large
    original = s3.stream_range
    asked = []

    def hangs_up(key, start, length):
        asked.append(length)
        yield next(original(key, start, length))
        raise ReadTimeoutError(endpoint_url="the store")

    with monkeypatch.context() as patch:
        patch.setattr(s3, "stream_range", hangs_up)
        assert b"".join(reading.stream(file)) == data
    assert len(asked) > 20
    monkeypatch.setattr(s3, "stream_range", lambda key, start, length: silent())
    with pytest.raises(ReadTimeoutError):
        next(reading.stream(file))


def silent():
    """A store that does not answer."""
    raise ReadTimeoutError(endpoint_url="the store")
    yield b""


def test_queries_of_a_stream_grow_with_batches_of_terms(django_assert_num_queries):
    xorb = xet.Xorb(xet.cut(xet.noise(4000), 1000))
    file, data = make_file(*(xet.Part(xorb, at % 4, at % 4 + 1) for at in range(2 * reading.TERMS)))
    with django_assert_num_queries(2):
        assert b"".join(reading.stream(file)) == data


def test_closing_a_stream_ends_its_thread(large):
    file, _ = large
    before = set(threading.enumerate())
    stream = reading.stream(file)
    next(stream)
    assert set(threading.enumerate()) - before
    stream.close()
    until = time.monotonic() + SECONDS
    while set(threading.enumerate()) - before and time.monotonic() < until:
        for thread in set(threading.enumerate()) - before:
            thread.join(1)
    assert not set(threading.enumerate()) - before


def test_the_head_of_a_large_file_takes_only_its_first_chunks(large, fetched):
    file, data = large
    with open_blob(Blob(sha256="0" * 64, size=file.size, reconstruction=file)) as reader:
        assert reader.read(8) == data[:8]
        assert reader.read(100_000) == data[8:100_008]
        reader.seek(20 * MIB)
        assert reader.read(10) == data[20 * MIB : 20 * MIB + 10]
    assert sum(fetched) < MIB


def test_the_header_of_weights_of_a_gigabyte_costs_little(fetched):
    header = artifacts.safetensors({"a": artifacts.tensor(0, 256, shape=(64,))}, bytes(256))
    xorb = xet.Xorb([header, *xet.cut(xet.noise(8 * MIB))])
    file = repeated(xorb, 128)
    with open_blob(Blob(sha256="0" * 64, size=file.size, reconstruction=file)) as reader:
        assert read_header(reader, len(header)).parameters == {"F32": 64}
    assert file.size > 1024 * MIB
    assert sum(fetched) < MIB


def test_reading_on_takes_ever_fewer_requests(large, fetched):
    file, data = large
    with open_blob(Blob(sha256="0" * 64, size=file.size, reconstruction=file)) as reader:
        assert b"".join(iter(lambda: reader.read(64 * KIB), b"")) == data
    assert len(fetched) < 16
    assert sum(fetched) < 1.1 * len(data)


def test_what_the_store_lost_is_an_error_and_no_short_file(large):
    file, _ = large
    xorb = Xorb.objects.order_by("pk")[1]
    whole = s3.read_range(xorb.key, 0, xorb.size)
    s3.put(xorb.key, io.BytesIO(whole[: xorb.size // 2]))
    with pytest.raises(XorbInvalid):
        b"".join(reading.stream(file))
    s3.put(xorb.key, io.BytesIO(bytes(len(whole))))
    with pytest.raises(XorbInvalid):
        b"".join(reading.stream(file))
    s3.delete(xorb.key)
    with pytest.raises(s3.ClientError, match="NoSuchKey"):
        b"".join(reading.stream(file))
    with pytest.raises(LookupError):
        Layout(file.pk).run(file.size, file.size + 1, most=1)
