"""Hashes as hf_xet computes them, and its rule for trees read naively."""

from pathlib import Path
from random import Random

import hf_xet
import pytest
from blake3 import blake3

from storage.xet.hashing import chunk_hash, file_hash, from_text, merkle_root, range_hash, to_text
from storage.xet.shards import parse_shard
from storage.xet.xorbs import read_xorb
from tests.storage.xet.cas import chunk_storage
from tests.xet import noise

KIB = 1024
NODE_KEY = bytes(
    [1, 126, 197, 199, 165, 71, 41, 150, 253, 148, 102, 102, 180, 138, 2, 230]
    + [93, 221, 83, 111, 55, 199, 109, 210, 248, 99, 82, 230, 74, 83, 113, 63]
)
# In chunks of 64 KiB on average: up to three levels of a tree.
SIZES = [8 * KIB, 9 * KIB, *(number * 64 * KIB for number in (1, 2, 3, 4, 5, 7, 9, 10, 12, 18, 30, 77))]


def test_a_hash_is_spelled_in_four_little_endian_words() -> None:
    assert to_text(bytes(range(32))) == "07060504030201000f0e0d0c0b0a090817161514131211101f1e1d1c1b1a1918"
    assert from_text(to_text(noise(32))) == noise(32)


@pytest.mark.parametrize(
    "text",
    ["", "0" * 63, "0" * 65, "A" * 64, "g" * 64, "0" * 63 + "\n", "+" + "0" * 63, "0x" + "0" * 62, "٣" * 64],
)
def test_no_other_spelling_counts(text: str) -> None:
    with pytest.raises(ValueError, match="64 lowercase"):
        from_text(text)


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 65, 1023, 1024, 1025, 8191, 8192])
def test_a_file_of_one_chunk_has_the_hash_which_hf_xet_gives_it(tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    path.write_bytes(noise(size))

    nodes = [(chunk_hash(noise(size)), size)] if size else []

    assert to_text(file_hash(nodes)) == hf_xet.hash_files([str(path)])[0].hash


def test_files_xorbs_and_ranges_of_any_size_have_the_hashes_which_hf_xet_gives_them() -> None:
    with chunk_storage() as storage:
        storage.upload([noise(size, size) for size in SIZES])
    tables = {name: read_xorb([data], expected=name) for name, data in storage.xorbs.items()}

    files = [file for data in storage.shards for file in parse_shard(data).files]

    assert sorted(file.size for file in files) == sorted(SIZES)
    assert max(len(table.hashes) for table in tables.values()) > 150 * 32
    for file in files:
        nodes = [node for term in file.terms for node in tables[term.xorb].nodes(term.first, term.last)]
        assert to_text(file_hash(nodes)) == file.hash
        for term in file.terms:
            table = tables[term.xorb]
            assert to_text(range_hash(table.hashes_of(term.first, term.last))) == term.range_hash
            assert sum(table.lengths(term.first, term.last)) == term.length


@pytest.mark.parametrize("count", [*range(1, 60), 100, 729, 730, 8192])
def test_a_tree_is_built_in_one_pass_as_if_level_by_level(count: int) -> None:
    random = Random(count)
    nodes = [(random.randbytes(32), random.randint(1, 131072)) for _ in range(count)]

    assert merkle_root(iter(nodes)) == level_by_level(nodes)


@pytest.mark.parametrize("last", [b"\x00", b"\x01"], ids=["cut at every chance", "never cut early"])
def test_trees_of_groups_as_small_and_as_large_as_can_be(last: bytes) -> None:
    nodes = [(bytes(24) + last + bytes(7), number + 1) for number in range(100)]

    for count in range(1, 100):
        assert merkle_root(nodes[:count]) == level_by_level(nodes[:count])


def level_by_level(nodes: list[tuple[bytes, int]]) -> bytes:
    """Build a tree as the specification words it."""
    while len(nodes) > 1:
        parents = []
        while nodes:
            cut = len(nodes) if len(nodes) <= 2 else first_cut(nodes)
            parents.append((parent(nodes[:cut]), sum(size for _, size in nodes[:cut])))
            nodes = nodes[cut:]
        nodes = parents
    return nodes[0][0]


def first_cut(nodes: list[tuple[bytes, int]]) -> int:
    most = min(9, len(nodes))
    cuts = (at + 1 for at in range(2, most) if int.from_bytes(nodes[at][0][24:], "little") % 4 == 0)
    return next(cuts, most)


def parent(children: list[tuple[bytes, int]]) -> bytes:
    text = "".join(f"{to_text(digest)} : {size}\n" for digest, size in children)
    return blake3(text.encode(), key=NODE_KEY).digest()
