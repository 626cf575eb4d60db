"""Numbers of days as a small picture of bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT, GAP = 300, 60, 2


@dataclass(frozen=True)
class Bar:
    """One day; its number, and where its bar stands in an SVG of WIDTH × HEIGHT."""

    day: date
    number: int
    x: float
    y: float
    width: float
    height: float


def bars(days: Sequence[tuple[date, int]]) -> list[Bar]:
    """A bar for each day, the highest as high as the picture; a day without any has a line of one unit."""
    most = max((number for _, number in days), default=0) or 1
    step = WIDTH / max(1, len(days))
    found = []
    for place, (day, number) in enumerate(days):
        height = max(1.0, round(number / most * HEIGHT, 1))
        found.append(
            Bar(day, number, round(place * step, 1), round(HEIGHT - height, 1), round(step - GAP, 1), height)
        )
    return found
