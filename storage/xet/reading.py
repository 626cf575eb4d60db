"""Read files that are kept in chunks: which bytes of which xorbs, and the bytes themselves."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """Chunks `first` to `last` (exclusive) of a xorb: bytes `begin` to `end` (exclusive) of the object `key`.

    Unpacked they are `length` bytes, which lie in the file from `start` on.
    """

    xorb: str
    key: str
    first: int
    last: int
    begin: int
    end: int
    start: int
    length: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Whole chunks that cover a range of a file of `size` bytes, which begins `offset` bytes into them."""

    size: int
    offset: int
    spans: list[Span]
