"""The hashes of the Xet protocol: keyed BLAKE3 over chunks, trees, files and ranges.

Keys and rules are those of the public Xet specification (hashing).
"""

from collections.abc import Iterable
from struct import Struct

from blake3 import blake3

HASH_BYTES = 32
NO_CONTENT = bytes(HASH_BYTES)

_DATA = bytes.fromhex("6697f5775b9550de3135cbaca597181c9de421109beb2b58b4d0b04b93adf229")
_NODE = bytes.fromhex("017ec5c7a5472996fd946666b48a02e65ddd536f37c76dd2f86352e64a53713f")
_RANGE = bytes.fromhex("7f1857d6ce56ed66127ff913e7a5c3f3a4cd26d5b5db49e64124987f28fb94c3")
_FILE = bytes(HASH_BYTES)

_WORDS = Struct("<4Q")
_TEXT = "%016x%016x%016x%016x"
_LINE = _TEXT + " : %d\n"

# A tree node has three to nine children; it ends early after a child whose last word divides by four.
_FEWEST, _MOST, _CUT = 3, 9, 4


def to_text(digest: bytes) -> str:
    """Return the protocol's spelling of 32 bytes: four little-endian words in 64 hexadecimal digits."""
    return _TEXT % _WORDS.unpack(digest)


def from_text(text: str) -> bytes:
    """Return the 32 bytes which `to_text` spells as `text`, or raise ValueError: no other spelling counts."""
    if len(text) != 2 * HASH_BYTES or not set(text) <= set("0123456789abcdef"):
        raise ValueError("A hash is 64 lowercase hexadecimal digits.")
    return _WORDS.pack(*(int(text[at : at + 16], 16) for at in range(0, 64, 16)))


def chunk_hash(data: bytes) -> bytes:
    """Return the 32-byte hash of a chunk's raw bytes (any buffer)."""
    return blake3(data, key=_DATA).digest()


def merkle_root(nodes: Iterable[tuple[bytes, int]]) -> bytes:
    """Return the root over chunks in order, each a hash and its bytes; without chunks it is 32 zero bytes.

    It takes one pass and remembers less than nine nodes for each level of the tree.
    """
    levels: list[_Level] = []
    for node in nodes:
        _add(levels, 0, node)
    depth = 0
    while depth < len(levels):
        level = levels[depth]
        if level.closed or len(level.open) > 1:
            if level.open:
                _add(levels, depth + 1, _parent(level.open))
            depth += 1
        else:
            return level.open[0][0]
    return NO_CONTENT


class _Level:
    """One level of a tree that is being built: the group that is still open, and whether one was closed."""

    __slots__ = ("closed", "open")

    def __init__(self) -> None:
        self.open: list[tuple[bytes, int]] = []
        self.closed = False


def _add(levels: list[_Level], depth: int, node: tuple[bytes, int]) -> None:
    while True:
        if depth == len(levels):
            levels.append(_Level())
        level = levels[depth]
        group = level.open
        group.append(node)
        # The last word is little-endian: its lowest byte, at 24, says whether four divides it.
        if len(group) < _FEWEST or (len(group) < _MOST and node[0][24] % _CUT):
            return
        level.open, level.closed = [], True
        depth, node = depth + 1, _parent(group)


def _parent(group: list[tuple[bytes, int]]) -> tuple[bytes, int]:
    lines = "".join([_LINE % (*_WORDS.unpack(digest), size) for digest, size in group])
    return blake3(lines.encode("ascii"), key=_NODE).digest(), sum(size for _, size in group)


def file_hash(nodes: Iterable[tuple[bytes, int]]) -> bytes:
    """Return the hash that names a file with these chunks in order; an empty file's is 32 zero bytes."""
    root = merkle_root(nodes)
    return root if root == NO_CONTENT else blake3(root, key=_FILE).digest()


def range_hash(hashes: bytes) -> bytes:
    """Return the hash that proves knowledge of a run of chunks, given their hashes one after the other."""
    return blake3(hashes, key=_RANGE).digest()


def shielded(digest: bytes, key: bytes) -> bytes:
    """Return a chunk's hash as an answer about known chunks shows it: only who has the hash recognises it."""
    return blake3(digest, key=key).digest()
