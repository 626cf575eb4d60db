"""Ranges of numbers that lists are narrowed by: parameters and bytes (pure)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """All numbers from `least` to `most`; no `most` is no end. `key` is how addresses spell it."""

    key: str
    least: int
    most: int | None

    @property
    def bounds(self) -> tuple[int | None, int | None]:
        """The least and the most, None where nothing is excluded."""
        return self.least or None, self.most


def _ranges(*ends: tuple[str, int]) -> dict[str, Range]:
    starts = [("0", 0), *ends]
    stops = [*ends, ("", None)]
    found = {}
    for (low, least), (high, most) in zip(starts, stops, strict=True):
        key = f"{low}-{high}"
        found[key] = Range(key, least, None if most is None else most - 1)
    return found


M, G = 10**6, 10**9
PARAMETERS = _ranges(("100M", 100 * M), ("1B", G), ("7B", 7 * G), ("20B", 20 * G), ("70B", 70 * G))
SIZES = _ranges(("100MB", 100 * M), ("1GB", G), ("10GB", 10 * G), ("100GB", 100 * G))


def range_of(number: int, ranges: dict[str, Range]) -> str:
    """The key of the range that a number is in."""
    return next(key for key, each in ranges.items() if each.most is None or number <= each.most)
