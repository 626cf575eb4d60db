"""What is kept of a licence's text to find it again: the hashes of its word trigrams, in their order."""

import json
import struct
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from zlib import crc32

from hub.licensing.normal_form import normal_form, phrase

SIZE = 3
_HEAD = struct.Struct("<II")


@dataclass(frozen=True, eq=False)
class Fingerprint:
    """A licence's text as hashes, under its key; without hashes only the titles are known.

    `titles` are lines that name this licence and no other, in the normal form; `source`: whose text it is.
    """

    key: str
    hashes: Sequence[int]
    titles: tuple[str, ...] = ()
    source: str = ""

    def to_bytes(self) -> bytes:
        """The same on every machine: a head in JSON and 32-bit hashes, the lowest byte first."""
        head = json.dumps([self.key, self.titles, self.source], ensure_ascii=False).encode()
        hashes = array("I", self.hashes)
        if sys.byteorder == "big":
            hashes.byteswap()
        return _HEAD.pack(len(head), len(hashes)) + head + hashes.tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> "Fingerprint":
        """What to_bytes() wrote; ValueError for anything else."""
        found = read_all(data)
        if len(found) != 1:
            raise ValueError("not one fingerprint")
        return found[0]


def read_all(data: bytes) -> list[Fingerprint]:
    """Fingerprints written one behind the other."""
    found, at = [], 0
    while at < len(data):
        try:
            head_size, count = _HEAD.unpack_from(data, at)
            hashes_at = at + _HEAD.size + head_size
            key, titles, source = json.loads(data[at + _HEAD.size : hashes_at])
            at = hashes_at + 4 * count
            hashes = array("I", data[hashes_at:at])
        except (struct.error, ValueError) as error:
            raise ValueError("not a fingerprint") from error
        if len(hashes) != count:
            raise ValueError("a fingerprint is cut short")
        if sys.byteorder == "big":
            hashes.byteswap()
        found.append(Fingerprint(key, hashes, tuple(titles), source))
    return found


def hashes_of(words: Sequence[str]) -> array:
    """One 32-bit hash for each three words in a row; CRC-32 gives the same ones everywhere."""
    spelled = [word.encode() for word in words]
    return array("I", map(crc32, map(b" ".join, zip(*(spelled[n:] for n in range(SIZE)), strict=False))))


def fingerprint_of(text: str, key: str = "", titles: Iterable[str] = (), source: str = "") -> Fingerprint:
    """The fingerprint of a licence's text, with the lines by which it is known (title_of() finds one)."""
    form = normal_form(text)
    named = [phrase(title) for title in titles]
    return Fingerprint(key, hashes_of(form.words), tuple(dict.fromkeys(filter(None, named))), source)


def title_of(text: str) -> str:
    """The first line that calls a text a licence, agreement or terms, in the normal form; "" without one."""
    for line in text.lstrip("\ufeff").splitlines()[:20]:
        words = phrase(line)
        if 1 < len(words.split()) <= 12 and {"license", "agreement", "terms"} & set(words.split()):
            return words
    return ""
