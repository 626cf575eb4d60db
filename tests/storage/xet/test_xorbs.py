"""Xorbs that are whole, and every way in which one can be a lie."""

import tracemalloc
from collections.abc import Iterator
from random import Random

import lz4.frame
import pytest

from storage.xet.xorbs import (
    GROUPED_LZ4,
    LZ4,
    MAX_CHUNK,
    MAX_CHUNKS,
    MAX_PACKED_CHUNK,
    MAX_XORB,
    RAW,
    Table,
    XorbInvalid,
    read_xorb,
    unpack,
)
from tests.storage.xet.real import real_xorbs
from tests.xet import SCHEMES, Xorb, cut, floats, framed, grouped, noise, packed

ANY = "0" * 64


def in_pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def mixed_xorb() -> tuple[bytes, str]:
    """Return a xorb of six hundred bytes with chunks of every scheme, and its hash."""
    chunks = [noise(101), b"abcabcabc" * 20, floats(151), b"z"]
    parts = zip(chunks, (RAW, LZ4, GROUPED_LZ4, LZ4), strict=True)
    data = b"".join(framed(packed(chunk, way), scheme=way, length=len(chunk)) for chunk, way in parts)
    return data, Xorb(chunks).hash


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("seed", range(20))
def test_a_xorb_of_any_chunks_is_read_from_pieces_of_any_size(scheme: int, seed: int) -> None:
    random = Random(seed)
    sizes = [
        random.choice([1, 2, 3, 4, 5, 6, 7, 8191, 65537, MAX_CHUNK]) for _ in range(random.randint(1, 8))
    ]
    xorb = Xorb([random.choice([noise, floats])(size, seed) for size in sizes], scheme)
    first, last = sorted(random.choices(range(len(sizes) + 1), k=2))

    table = read_xorb(in_pieces(xorb.data, random.choice([1, 7, 8, 1000, 10**6])), expected=xorb.hash)

    assert (table.chunks, table.length, table.size) == (len(sizes), len(xorb.raw), len(xorb.data))
    assert table.lengths(first, last) == sizes[first:last]
    assert list(table.nodes(first, last)) == xorb.nodes(first, last)
    assert table.hashes_of(first, last) == b"".join(digest for digest, _ in xorb.nodes(first, last))
    assert list(unpack(xorb.data)) == xorb.chunks


def test_what_hf_xet_sends_is_read() -> None:
    for name, data in real_xorbs().items():
        table = read_xorb([data], expected=name)

        assert table.size == len(data)
        assert [len(chunk) for chunk in unpack(data)] == table.lengths(0, table.chunks)


def test_a_run_of_chunks_is_found_by_where_the_table_says_they_end() -> None:
    xorb = Xorb(cut(floats(5000), 999), GROUPED_LZ4)
    table = read_xorb([xorb.data], expected=xorb.hash)
    ends = [int.from_bytes(table.ends[at : at + 4], "little") for at in range(4, len(table.ends), 8)]

    assert list(unpack(xorb.data[ends[1] : ends[3]])) == xorb.chunks[2:4]


def test_a_footer_counts_for_nothing() -> None:
    data, name = mixed_xorb()

    table = read_xorb(in_pieces(data + b"XETBLOB" + noise(100_000), 4096), expected=name)

    assert table == read_xorb([data], expected=name)
    assert table.size == len(data)


def test_a_xorb_has_as_many_chunks_as_may_be_and_not_one_more() -> None:
    xorb = Xorb([b"!"] * MAX_CHUNKS)
    one_more = Xorb([b"!"] * (MAX_CHUNKS + 1))

    assert read_xorb([xorb.data], expected=xorb.hash).chunks == MAX_CHUNKS
    with pytest.raises(XorbInvalid, match="at most 8192 chunks"):
        read_xorb([one_more.data], expected=one_more.hash)


@pytest.mark.parametrize(
    "ending", [framed(bytes(MAX_CHUNK), scheme=RAW, length=MAX_CHUNK), b"XETBLOB" + bytes(999)]
)
def test_a_xorb_without_end_is_not_read_on(ending: bytes) -> None:
    asked = 0

    def pieces() -> Iterator[bytes]:
        nonlocal asked
        while True:
            asked += len(ending)
            yield ending

    with pytest.raises(XorbInvalid, match="at most"):
        read_xorb(pieces(), expected=ANY)
    assert asked < MAX_XORB + 2 * MAX_CHUNK


def refusals() -> Iterator[tuple[bytes, str]]:
    """Yield what is behind a first good chunk, and what is said about it."""
    text = b"some text, " * 9
    frame = lz4.frame.compress(text)
    size = len(text)
    bomb = lz4.frame.compress(bytes(2**28))[:MAX_PACKED_CHUNK]
    yield framed(text, scheme=RAW, length=size, version=1), "Chunk 1 has version 1"
    yield framed(text, scheme=3, length=size), "Chunk 1 is packed by scheme 3"
    yield framed(b"", scheme=RAW, length=0), "Chunk 1 says it has 0 bytes"
    yield framed(text, scheme=RAW, length=MAX_CHUNK + 1), "Chunk 1 says it has 131073 bytes"
    yield framed(b"", scheme=LZ4, length=size), "Chunk 1 says it takes 0 bytes"
    yield framed(text, scheme=LZ4, length=size, claimed=MAX_PACKED_CHUNK + 1), "Chunk 1 says it takes 132097"
    yield framed(text, scheme=RAW, length=size, claimed=size + 1), "Chunk 1 is cut off"
    yield framed(text, scheme=RAW, length=size)[:7], "The header of chunk 1 is cut off"
    yield framed(text, scheme=RAW, length=size + 1), "Chunk 1 does not have the 100 bytes"
    yield framed(text, scheme=RAW, length=size - 1), "Chunk 1 does not have the 98 bytes"
    yield framed(frame, scheme=LZ4, length=size + 1), "Chunk 1 does not have the 100 bytes"
    yield framed(frame, scheme=LZ4, length=size - 1), "Chunk 1 does not have the 98 bytes"
    yield framed(frame + b"\0", scheme=LZ4, length=size), "Chunk 1 is not one whole LZ4 frame"
    yield framed(frame + frame, scheme=LZ4, length=size), "Chunk 1 is not one whole LZ4 frame"
    yield framed(frame + frame, scheme=LZ4, length=2 * size), "Chunk 1 is not one whole LZ4 frame"
    yield framed(frame[:-4], scheme=LZ4, length=size), "Chunk 1 is not one whole LZ4 frame"
    yield framed(frame[:4], scheme=LZ4, length=size), "Chunk 1 is not one whole LZ4 frame"
    yield framed(text, scheme=LZ4, length=size), "Chunk 1 is not an LZ4 frame"
    yield (
        framed(b"\x50\x2a\x4d\x18\x08\0\0\0skipped!" + frame, scheme=LZ4, length=size),
        "Chunk 1 is not an LZ4",
    )
    yield (
        framed(frame[:4] + bytes([frame[4] | 1]) + frame[5:], scheme=LZ4, length=size),
        "without a dictionary",
    )
    yield framed(frame[:4] + b"\0" + frame[5:], scheme=LZ4, length=size), "Chunk 1 is a damaged LZ4 frame"
    yield framed(bomb, scheme=LZ4, length=MAX_CHUNK), "Chunk 1 is not one whole LZ4 frame"
    yield b"XETBLO", "The header of chunk 1 is cut off"
    yield b"XETBLOG!", "Chunk 1 has version 88"


def test_a_lie_in_a_chunk_is_named() -> None:
    first = framed(b"fine", scheme=RAW, length=4)

    for rest, words in refusals():
        with pytest.raises(XorbInvalid, match=words):
            read_xorb([first + rest], expected=ANY)
        with pytest.raises(XorbInvalid, match=words):
            list(unpack(first + rest))


def test_a_bomb_is_not_inflated() -> None:
    bomb = lz4.frame.compress(bytes(2**28), block_size=lz4.frame.BLOCKSIZE_MAX4MB)[:MAX_PACKED_CHUNK]
    data = framed(bomb, scheme=LZ4, length=MAX_CHUNK)

    tracemalloc.start()
    with pytest.raises(XorbInvalid, match="not one whole LZ4 frame"):
        read_xorb([data], expected=ANY)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 2 * 2**20


def test_a_xorb_is_read_in_the_memory_of_a_few_chunks() -> None:
    xorb = Xorb([floats(MAX_CHUNK)] * 100, GROUPED_LZ4)
    data, name = xorb.data, xorb.hash

    tracemalloc.start()
    read_xorb((data[at : at + 65536] for at in range(0, len(data), 65536)), expected=name)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert peak < 8 * MAX_CHUNK


def test_chunks_under_another_hash_are_refused() -> None:
    data, name = mixed_xorb()
    swapped = Xorb([b"one", b"two"])

    for wrong in (ANY, swapped.hash, name.upper()):
        with pytest.raises(XorbInvalid, match="not those of xorb"):
            read_xorb([data], expected=wrong)
    with pytest.raises(XorbInvalid, match="not those of xorb"):
        read_xorb([Xorb([b"two", b"one"]).data], expected=swapped.hash)


@pytest.mark.parametrize("data", [b"", b"XETBLOB", b"XETBLOB" + bytes(99)])
def test_without_chunks_it_is_no_xorb(data: bytes) -> None:
    with pytest.raises(XorbInvalid, match="no chunks"):
        read_xorb([data], expected=ANY)


def outcome(data: bytes, name: str) -> Table | None:
    try:
        return read_xorb([data], expected=name)
    except XorbInvalid:
        return None


def test_every_truncation_is_refused() -> None:
    for name, data in [mixed_xorb()[::-1], *real_xorbs().items()]:
        for end in range(len(data)):
            assert outcome(data[:end], name) is None


def test_a_flipped_bit_is_refused_or_changes_nothing() -> None:
    data, name = mixed_xorb()
    table = read_xorb([data], expected=name)

    for at in range(8 * len(data)):
        assert outcome(flipped(data, at), name) in (None, table)


def test_a_flipped_bit_of_what_hf_xet_sends_is_refused_or_changes_nothing() -> None:
    random = Random(4)
    for name, data in real_xorbs().items():
        table = read_xorb([data], expected=name)
        for at in range(0, len(data), 5):
            assert outcome(flipped(data, 8 * at + random.randrange(8)), name) in (None, table)


def flipped(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_random_bytes_are_refused_in_words() -> None:
    random = Random(5)
    for _ in range(3000):
        data = random.randbytes(random.randrange(200))
        headed = framed(
            random.choice([b"", b"\x04\x22\x4d\x18"]) + data, scheme=random.randrange(3), length=99
        )

        assert outcome(data, ANY) is None
        assert outcome(headed, ANY) is None


@pytest.mark.parametrize("size", range(1, 14))
def test_grouped_bytes_come_back_in_order(size: int) -> None:
    chunk = bytes(range(size))
    data = framed(lz4.frame.compress(grouped(chunk)), scheme=GROUPED_LZ4, length=size)

    assert list(unpack(data)) == [chunk]
