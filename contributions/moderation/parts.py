"""Some of many rows, the newest first: pages show them a part at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet

Row = TypeVar("Row", bound=Model)
SIZE = 50
# Nobody reads further back, and nobody makes the database count that far.
LAST = 1000


@dataclass(frozen=True)
class Part(Generic[Row]):
    """Rows as they are shown; number 1 has the newest, and `more` says that there are older ones."""

    rows: list[Row]
    number: int
    more: bool

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def newer(self) -> int | None:
        """The number of the part before this one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def older(self) -> int | None:
        """The number of the part after this one."""
        return self.number + 1 if self.more and self.number < LAST else None


@dataclass(frozen=True)
class Numbers:
    """Which part of each list is wanted."""

    flags: int = 1
    decisions: int = 1
    messages: int = 1


def bounds(number: int) -> slice:
    """Where a part is among rows, with one more that says whether there are more."""
    return slice((number - 1) * SIZE, number * SIZE + 1)


def part_beside(rows: QuerySet[Any], number: int, also: Q) -> tuple[Part[Any], list[Any]]:
    """A part, the oldest first, and with it all rows of which `also` is true; two queries, and what `rows`
    prefetches."""
    ids = list(rows.values_list("pk", flat=True)[bounds(number)])
    found = list(rows.filter(Q(pk__in=ids[:SIZE]) | also))
    shown = [row for row in found if row.pk in set(ids[:SIZE])]
    return Part(shown[::-1], number, len(ids) > SIZE), found[::-1]


def part_of(rows: QuerySet[Any], number: int, *, oldest_first: bool = False) -> Part[Any]:
    """A part of rows that are ordered the newest first; one query."""
    found = list(rows[bounds(number)])
    shown = found[:SIZE]
    return Part(shown[::-1] if oldest_first else shown, number, len(found) > SIZE)
