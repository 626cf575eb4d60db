"""A line of numbers as a small picture."""

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 24


def points(numbers: Sequence[int]) -> str:
    """The corners of the line for an SVG of WIDTH × HEIGHT, a unit of space above and below it."""
    most = max(numbers, default=0) or 1
    step = WIDTH / max(1, len(numbers) - 1)
    return " ".join(
        f"{place * step:.1f},{HEIGHT - 1 - number / most * (HEIGHT - 2):.1f}"
        for place, number in enumerate(numbers)
    )
