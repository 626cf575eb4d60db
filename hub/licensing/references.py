"""The licences that texts are compared with: an inverted index from the hash of a trigram to who has it.

`references.bin` holds fingerprints, no texts: most are made of the licence texts of ScanCode (AboutCode.org,
CC-BY-4.0), the others of the texts that vendors publish; each names its source. The command
`manage.py fingerprint_licences` writes it from `reference_sources.json`.
"""

import lzma
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from hub.licensing.fingerprints import Fingerprint, read_all

FILE = Path(__file__).parent / "references.bin"
_NOBODY: tuple[int, ...] = ()


class References:
    """Fingerprints to compare with, built once; a title is that of the first who has it."""

    def __init__(self, fingerprints: Iterable[Fingerprint]) -> None:
        self.all = [each for each in fingerprints if each.hashes or each.titles]
        # How many different trigrams each has.
        self.sizes: list[int] = []
        # Those with the same trigram share one tuple: most trigrams are in few, always the same licences.
        self._holders: dict[int, tuple[int, ...]] = {}
        self.titles: dict[tuple[str, ...], str] = {}
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        for number, each in enumerate(self.all):
            distinct = set(each.hashes)
            self.sizes.append(len(distinct))
            for hashed in distinct:
                holders = (*self._holders.get(hashed, _NOBODY), number)
                self._holders[hashed] = shared.setdefault(holders, holders)
            for title in each.titles:
                self.titles.setdefault(tuple(title.split()), each.key)
                # So notices call it.
                self.titles.setdefault(tuple(title.removesuffix(" agreement").split()), each.key)
        # By a title's first word how many words there may be, the longest first.
        self.title_lengths: dict[str, list[int]] = {}
        for title in sorted(self.titles, key=len, reverse=True):
            lengths = self.title_lengths.setdefault(title[0], [])
            if len(title) not in lengths:
                lengths.append(len(title))
        self.keys = frozenset(each.key for each in self.all if each.hashes)

    def holders(self, hashed: int) -> tuple[int, ...]:
        """The numbers of the references that have a trigram."""
        return self._holders.get(hashed, _NOBODY)

    def of(self, key: str) -> list[Fingerprint]:
        """All texts known of a licence."""
        return [each for each in self.all if each.key == key and each.hashes]


@cache
def known_fingerprints() -> tuple[Fingerprint, ...]:
    """The fingerprints that come with the hub."""
    return tuple(read_all(lzma.decompress(FILE.read_bytes())))


@cache
def known_references() -> References:
    """The references that come with the hub."""
    return References(known_fingerprints())


def references_with(more: Iterable[Fingerprint]) -> References:
    """Those that come with the hub and others, of which each replaces what is known under its key."""
    added = tuple(more)
    replaced = {each.key for each in added}
    return References((*(one for one in known_fingerprints() if one.key not in replaced), *added))


def packed(fingerprints: Iterable[Fingerprint]) -> bytes:
    """The content of the file for these fingerprints; the same for the same ones."""
    return lzma.compress(b"".join(each.to_bytes() for each in fingerprints), preset=9 | lzma.PRESET_EXTREME)
