"""Shards that are whole, every way in which one can be a lie, and the answers which hf_xet makes use of."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from storage.xet.hashing import file_hash, from_text, range_hash, to_text
from storage.xet.shards import MAX_SHARD, Shard, ShardInvalid, build_shard, parse_shard
from storage.xet.xorbs import MAX_CHUNK, MAX_CHUNKS, read_xorb
from tests.storage.xet.cas import chunk_storage
from tests.storage.xet.real import real_shards, real_xorbs
from tests.xet import BOOKEND, VERIFIED, WITH_SHA256, File, Part, Xorb, cut, noise, one_file
from tests.xet import Shard as Written

KIB = 1024


def told(shard: Shard) -> tuple:
    """Return all that a shard says, to be compared."""
    return [(file.hash, file.sha256, file.size, list(file.terms)) for file in shard.files], shard.xorbs


@pytest.mark.parametrize("seed", range(20))
def test_what_is_written_is_read(seed: int) -> None:
    random = Random(seed)
    xorbs = [Xorb(cut(random.randbytes(random.randint(1, 5000)), 500)) for _ in range(random.randint(1, 4))]
    files = [
        File([Part(xorb, random.randrange(len(xorb.chunks))) for xorb in random.choices(xorbs, k=3)])
        for _ in range(random.randint(0, 5))
    ]

    shard = parse_shard(Written(files, xorbs).data)

    assert shard.xorbs == [xorb.hash for xorb in xorbs]
    assert [(file.hash, file.sha256, file.size) for file in shard.files] == [
        (file.true_hash, file.true_sha256, len(file.raw)) for file in files
    ]
    for file, written in zip(shard.files, files, strict=True):
        assert [(term.xorb, term.length, term.first, term.last) for term in file.terms] == [
            (part.xorb.hash, len(part.raw), part.first, part.end) for part in written.parts
        ]
        assert [from_text(term.range_hash) for term in file.terms] == [
            range_hash(b"".join(digest for digest, _ in part.nodes())) for part in written.parts
        ]
        assert [file.terms[0], file.terms[1], file.terms[-1]] == list(file.terms)


def test_what_hf_xet_sends_is_read_and_true() -> None:
    tables = {name: read_xorb([data], expected=name) for name, data in real_xorbs().items()}
    shards = [parse_shard(data) for data in real_shards()]

    assert [len(shard.files) for shard in shards] == [3, 1]
    assert {name for shard in shards for name in shard.xorbs} == set(tables)
    for file in (file for shard in shards for file in shard.files):
        nodes = [node for term in file.terms for node in tables[term.xorb].nodes(term.first, term.last)]
        assert to_text(file_hash(nodes)) == file.hash
        assert sum(length for _, length in nodes) == file.size


def test_an_empty_file_is_left_out() -> None:
    empty = File([], sha256="0" * 64)
    shard, xorb = one_file(b"content")

    assert empty.true_hash == "0" * 64
    assert parse_shard(Written([empty]).data).files == []
    assert len(parse_shard(Written([empty, *shard.files], [xorb]).data).files) == 1
    for lie in (File([], hash="1" * 64), File([Part(xorb)], hash="0" * 64)):
        with pytest.raises(ShardInvalid, match="an empty file's hash is zero"):
            parse_shard(Written([lie]).data)


def test_a_file_may_be_told_twice_but_not_in_two_ways() -> None:
    shard, _ = one_file(b"content" * 100, size=100)
    file = shard.files[0]

    assert told(parse_shard(Written([file, file]).data)) == told(parse_shard(Written([file]).data))
    for other in (replace(file, sha256="1" * 64), replace(file, parts=[Part(file.parts[0].xorb, 0, 2)])):
        with pytest.raises(ShardInvalid, match="twice, and not the same"):
            parse_shard(Written([file, replace(other, hash=file.true_hash)]).data)


REAL = Xorb(cut(noise(400), 100))
WHOLE = Part(REAL)


@pytest.mark.parametrize(
    ("lie", "words"),
    [
        (replace(WHOLE, first=4), "has the chunks 4 to 4"),
        (replace(WHOLE, first=3, last=2), "has the chunks 3 to 2"),
        (replace(WHOLE, last=MAX_CHUNKS + 1), "has the chunks 0 to 8193"),
        (replace(WHOLE, last=2**32 - 1), "has the chunks 0 to 4294967295"),
        (replace(WHOLE, length=3), "has 3 bytes in 4 chunks"),
        (replace(WHOLE, length=0), "has 0 bytes in 4 chunks"),
        (replace(WHOLE, length=4 * MAX_CHUNK + 1), "has 524289 bytes in 4 chunks"),
        (replace(WHOLE, flags=1), "has flags"),
    ],
)
def test_a_term_that_no_xorb_can_fill_is_named(lie: Part, words: str) -> None:
    with pytest.raises(ShardInvalid, match=f"Term 1 of file .{{64}} {words}"):
        parse_shard(Written([File([WHOLE, lie], hash="1" * 64)]).data)


@pytest.mark.parametrize("flags", [0, VERIFIED, WITH_SHA256, VERIFIED | WITH_SHA256 | 1, 2**32 - 1])
def test_range_hashes_and_sha256_must_come_and_nothing_else(flags: int) -> None:
    with pytest.raises(ShardInvalid, match="exactly its range hashes and its sha256"):
        parse_shard(Written([File([WHOLE], flags=flags)]).data)


@pytest.mark.parametrize("count", [9, 0x80000000, 2**32 - 1])
def test_a_count_that_the_shard_is_too_short_for_is_never_believed(count: int) -> None:
    with pytest.raises(ShardInvalid, match="cut off in file"):
        parse_shard(Written([File([WHOLE], count=count)]).data)


def with_xorbs(blocks: bytes) -> bytes:
    return Written().data.removesuffix(BOOKEND) + blocks + BOOKEND


def test_a_xorb_block_has_as_many_chunks_as_a_xorb_can_have() -> None:
    assert parse_shard(with_xorbs(REAL.block())).xorbs == [REAL.hash]
    for count in (0, MAX_CHUNKS + 1, 2**32 - 1):
        with pytest.raises(ShardInvalid, match=f"has {count} chunks"):
            parse_shard(with_xorbs(REAL.block(count=count)))
    with pytest.raises(ShardInvalid, match="cut off in xorb"):
        parse_shard(with_xorbs(REAL.block(count=MAX_CHUNKS)))


@pytest.mark.parametrize(
    "data",
    [
        Written(tag=b"HFRepoMetaData\0" + bytes(17)).data,
        Written(version=1).data,
        Written(version=2**64 - 1).data,
        bytes(48),
        b"\xff" * 480,
    ],
    ids=["tag", "version", "great version", "zeros", "ones"],
)
def test_what_does_not_begin_as_a_shard_is_none(data: bytes) -> None:
    with pytest.raises(ShardInvalid, match="does not begin as a shard of version 2"):
        parse_shard(data)


def test_a_shard_ends_where_it_says() -> None:
    data = Written().data

    for wrong in (data + b"\0", data + BOOKEND, Written(footer=bytes(8)).data, claiming(data, 8)):
        with pytest.raises(ShardInvalid, match="does not end where it says"):
            parse_shard(wrong)
    with pytest.raises(ShardInvalid, match="footer of the shard does not fit"):
        parse_shard(Written(footer=bytes(200)).data)
    with pytest.raises(ShardInvalid, match="at most"):
        parse_shard(bytes(MAX_SHARD + 1))


def claiming(data: bytes, footer_bytes: int) -> bytes:
    return data[:40] + footer_bytes.to_bytes(8, "little") + data[48:]


def test_a_footer_may_be_announced_and_left_out() -> None:
    data = Written(xorbs=[REAL]).data

    assert parse_shard(claiming(data, 200)).xorbs == parse_shard(data).xorbs == [REAL.hash]


def test_a_footer_and_lookup_tables_before_it_are_allowed() -> None:
    data = build_shard([(REAL.hash, read_xorb([REAL.data], expected=REAL.hash))], seconds=60)
    body, footer = data[:-200], data[-200:]
    later = footer[:-8] + (len(body) + 24).to_bytes(8, "little")

    assert parse_shard(data).xorbs == parse_shard(body + bytes(24) + later).xorbs == [REAL.hash]
    with pytest.raises(ShardInvalid, match="footer of the shard does not fit"):
        parse_shard(body + bytes(24) + footer)


def each_shard() -> list[bytes]:
    answer = build_shard([(REAL.hash, read_xorb([REAL.data], expected=REAL.hash))], seconds=60)
    return [Written([File([WHOLE, WHOLE]), File([WHOLE])], [REAL]).data, answer, *real_shards()]


def test_every_truncation_is_refused() -> None:
    for data in each_shard():
        footer_bytes = data[40]
        for end in range(len(data)):
            if end != len(data) - footer_bytes:
                with pytest.raises(ShardInvalid):
                    parse_shard(data[:end])


def test_a_flipped_bit_is_refused_or_only_another_word() -> None:
    for data in each_shard():
        shape = [len(file.terms) for file in parse_shard(data).files]
        for bit in range(8 * len(data)):
            changed = bytearray(data)
            changed[bit // 8] ^= 1 << bit % 8
            assert shape_of(bytes(changed)) in (None, shape)


def shape_of(data: bytes) -> list[int] | None:
    try:
        shard = parse_shard(data)
    except ShardInvalid:
        return None
    told(shard)
    return [len(file.terms) for file in shard.files]


def test_random_entries_are_refused_in_words() -> None:
    random = Random(6)
    head = Written().data[:48]
    for _ in range(3000):
        count = random.randrange(4).to_bytes(4, "little")
        block = (
            random.randbytes(32) + b"\0\0\0\xc0" + count + bytes(8) + random.randbytes(random.randrange(400))
        )
        shape_of(head + block + BOOKEND * random.randrange(4))


def test_a_large_shard_is_read_in_little_more_memory_than_its_own() -> None:
    count = 30_000
    block = File([], hash="1" * 64, count=count).block()
    head, sha256 = block[:48], block[48:]
    data = Written().data[:48] + head + WHOLE.entry() * count + WHOLE.proof() * count + sha256 + BOOKEND * 2

    tracemalloc.start()
    shard = parse_shard(data)
    length = sum(term.length for term in shard.files[0].terms)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert length == shard.files[0].size == count * 400
    assert peak < len(data) // 50


def uploaded(contents: bytes, answer: Callable[[str], bytes | None]) -> tuple[dict[str, bytes], Shard]:
    """Let an hf_xet that knows nothing upload; returns the xorbs and the shard it sent."""
    with chunk_storage(answer) as storage:
        storage.upload([contents])
    return storage.xorbs, parse_shard(storage.shards[-1])


def test_hf_xet_does_not_send_the_chunks_which_an_answer_knows() -> None:
    shared, other = noise(1500 * KIB, 1), noise(200 * KIB, 2)
    known, _ = uploaded(shared, lambda _: None)
    (name, data), (second, second_data) = *known.items(), *uploaded(other, lambda _: None)[0].items()
    xorbs = [(name, read_xorb([data], expected=name)), (second, read_xorb([second_data], expected=second))]
    asked: list[str] = []

    def answer(chunk: str) -> bytes | None:
        asked.append(chunk)
        return build_shard(xorbs, seconds=3600) if from_text(chunk) in known_chunks else None

    known_chunks = {digest for digest, _ in xorbs[0][1].nodes(0, xorbs[0][1].chunks)}
    edited = shared + noise(100 * KIB, 3) + other
    sent, shard = uploaded(edited, answer)

    assert asked
    assert sum(map(len, sent.values())) < 500 * KIB
    assert {name, second} <= {term.xorb for term in shard.files[0].terms}
    assert shard.files[0].size == len(edited)


def test_answers_show_no_chunk_hash_and_differ_each_time() -> None:
    xorbs = [(REAL.hash, read_xorb([REAL.data], expected=REAL.hash))]
    first, second = (build_shard(xorbs, seconds=60) for _ in range(2))

    assert not any(digest in first for digest, _ in REAL.nodes())
    assert first[144:-200] != second[144:-200]
