"""Pages of the catalogue whose work is bounded, however many repositories there are.

A page is cut from an index in the order asked for. With conditions it is first looked for among the next
few rows of that order, which is where a frequent tag or word is found; then, by the conditions' own indexes,
among all matches if they are few; and else further down the order, at most so far that the page stays quick.
What was not reached then is on the next page, so a page may be shorter than asked for and not the last.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db import connection, transaction

# Rows looked through in the order before the conditions' own indexes are asked, and after that.
NEAR, FAR = 1_000, 6_000
# With one in so many of a page's rows near, the others are looked for further on at once.
SOME = 4
# So many matches are put in order by themselves.
FEW = 2_000
# With fewer than one in so many of the rows near, all matches may be few enough to be counted.
SCARCE = 50
PUBLIC = "r.visibility = 'public' AND r.taken_down_at IS NULL"
NOT_PUBLIC = "(r.visibility <> 'public' OR r.taken_down_at IS NOT NULL)"
# Only the conditions' own indexes answer: an estimate that is far off must not end in reading the table.
ONLY_BITMAPS = "SELECT " + ", ".join(
    f"set_config('enable_{scan}', %s, true)" for scan in ("seqscan", "indexscan", "indexonlyscan")
)
COLUMNS = {
    "updated": "updated_at",
    "created": "created_at",
    "downloads": "downloads",
    "likes": "likes",
    "trending": "trending",
}


class Condition(NamedTuple):
    """Part of a WHERE about `r`, a row of hub_repository."""

    sql: str
    values: tuple[Any, ...] = ()


class Place(NamedTuple):
    """Where a row stands in an order: before all whose key is smaller, then whose id is smaller."""

    key: Any
    id: int


@dataclass
class Page:
    """Places in their order; `after` is where the next page goes on, None at the end."""

    places: list[Place] = field(default_factory=list)
    after: Place | None = None

    def full(self, limit: int) -> bool:
        """Whether there is no more to look for: the limit is reached, or the end."""
        return self.after is None or len(self.places) >= limit


@dataclass(frozen=True)
class Catalogue:
    """The repositories of a kind that somebody may see, in an order, largest key first.

    Besides what is public they see that for which `hidden_seen` holds.
    """

    kind: str
    sort: str
    hidden_seen: Condition | None = None

    def page(
        self, conditions: Sequence[Condition], *, after: Place | None, limit: int, rare: bool = False
    ) -> Page:
        """The next `limit` repositories for which all conditions hold, after a place.

        What is said to be rare is looked for by the conditions' own indexes at once.
        """
        page = self._among_few(conditions, after, limit) if rare else None
        page = page or self._public(conditions, after, limit)
        hidden = [Place(*row) for row in self.hidden(conditions, after=after, limit=limit + 1)]
        reached = [place for place in hidden if page.after is None or place > page.after]
        return _cut(sorted([*page.places, *reached], reverse=True), limit, page.after)

    def few(self, conditions: Sequence[Condition], *, also: Condition | None = None) -> list[tuple] | None:
        """All public rows for which the conditions hold, in any order; None if they are more than FEW.

        A row is its key, its id, and the value of `also`.
        """
        sql, values = self._select([Condition(PUBLIC), *conditions], None, also=also)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ONLY_BITMAPS, ["off"] * 3)
            cursor.execute(f"{sql} LIMIT {FEW + 1}", values)
            rows = cursor.fetchall()
            # Inside a larger transaction the setting would outlive this one.
            cursor.execute(ONLY_BITMAPS, ["on"] * 3)
        return None if len(rows) > FEW else rows

    def hidden(
        self,
        conditions: Sequence[Condition],
        *,
        limit: int,
        after: Place | None = None,
        also: Condition | None = None,
    ) -> list[tuple]:
        """Rows in their order that are not public and that the asker may see all the same."""
        if self.hidden_seen is None:
            return []
        where = [Condition(NOT_PUBLIC), self.hidden_seen, *conditions]
        return self._ordered(where, after, limit, also=also)

    def sample(self, conditions: Sequence[Condition], *, what: str, most: int) -> tuple[list[tuple], bool]:
        """Rows that the asker may see and for which the conditions hold, and whether these are all.

        A row is the columns in `what`. At most `most` public ones are looked for, as far as for a page.
        """
        rows, complete = self._sampled(conditions, what, most)
        hidden = self.hidden(conditions, limit=most + 1, also=Condition(what))
        return rows + [row[2:] for row in hidden[:most]], complete and len(hidden) <= most

    def more_than(self, count: int) -> bool:
        """Whether more public repositories are in the catalogue."""
        return bool(self._ordered([Condition(PUBLIC)], None, 1, skipped=count))

    def _sampled(self, conditions: Sequence[Condition], what: str, most: int) -> tuple[list[tuple], bool]:
        walked, values = self._walked(None, FAR)
        where, more = _where([Condition("true"), *conditions])
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {what} FROM {walked} WHERE {where} LIMIT {most + 1}", [*values, *more])
            rows = cursor.fetchall()
        if len(rows) > most:
            return rows[:most], False
        if not self.more_than(FAR - 1):
            return rows, True
        few = self.few(conditions, also=Condition(what)) if SCARCE * len(rows) < FAR else None
        return ([row[2:] for row in few], True) if few is not None else (rows, False)

    def count_near(self, conditions: Sequence[Condition], far: int) -> int:
        """For how many of the first `far` public rows of the order the conditions hold."""
        walked, values = self._walked(None, far)
        where, more = _where(conditions)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {walked} WHERE {where}", [*values, *more])
            return cursor.fetchone()[0]

    def _public(self, conditions: Sequence[Condition], after: Place | None, limit: int) -> Page:
        if not conditions:
            rows = self._ordered([Condition(PUBLIC)], after, limit + 1)
            return _cut([Place(*row) for row in rows], limit, None)
        near = self._walk(conditions, after, limit, NEAR)
        if near.full(limit):
            return near
        # Where some were near, the rest is not much further.
        further = self._further(near, conditions, limit) if SOME * len(near.places) >= limit else None
        if further is not None and further.full(limit):
            return further
        few = self._among_few(conditions, after, limit)
        return few or further or self._further(near, conditions, limit)

    def _among_few(self, conditions: Sequence[Condition], after: Place | None, limit: int) -> Page | None:
        """The page, if few rows match at all."""
        rows = self.few(conditions)
        if rows is None:
            return None
        left = [Place(*row) for row in rows if after is None or row < after]
        return _cut(sorted(left, reverse=True), limit, None)

    def _further(self, near: Page, conditions: Sequence[Condition], limit: int) -> Page:
        rest = self._walk(conditions, near.after, limit - len(near.places), FAR)
        return Page([*near.places, *rest.places], rest.after)

    def _walk(self, conditions: Sequence[Condition], after: Place | None, limit: int, far: int) -> Page:
        """Look through the next `far` public rows of the order."""
        walked, values = self._walked(after, far)
        where, more = _where(conditions)
        with connection.cursor() as cursor:
            sql = f"SELECT r.{self._column}, r.id FROM {walked} WHERE {where} LIMIT {limit + 1}"
            cursor.execute(sql, [*values, *more])
            found = [Place(*row) for row in cursor.fetchall()]
        if len(found) > limit:
            return _cut(found, limit, None)
        last = self._ordered([Condition(PUBLIC)], after, 1, skipped=far - 1)
        return Page(found, Place(*last[0]) if last else None)

    def _walked(self, after: Place | None, far: int) -> tuple[str, list[Any]]:
        sql, values = self._select([Condition(PUBLIC)], after, what="r.*")
        return f"({sql} {self._order} LIMIT {far}) r", values

    def _ordered(
        self,
        conditions: Sequence[Condition],
        after: Place | None,
        limit: int,
        *,
        skipped: int = 0,
        also: Condition | None = None,
    ) -> list[tuple]:
        sql, values = self._select(conditions, after, also=also)
        with connection.cursor() as cursor:
            cursor.execute(f"{sql} {self._order} LIMIT {limit} OFFSET {skipped}", values)
            return cursor.fetchall()

    def _select(
        self,
        conditions: Sequence[Condition],
        after: Place | None,
        *,
        what: str = "",
        also: Condition | None = None,
    ) -> tuple[str, list[Any]]:
        where, values = _where([Condition("r.kind = %s", (self.kind,)), *conditions])
        if after is not None:
            where += f" AND (r.{self._column}, r.id) < (%s, %s)"
            values += after
        what = what or f"r.{self._column}, r.id" + (f", {also.sql}" if also else "")
        return f"SELECT {what} FROM hub_repository r WHERE {where}", [*(also.values if also else ()), *values]

    @property
    def _order(self) -> str:
        return f"ORDER BY r.{self._column} DESC, r.id DESC"

    @property
    def _column(self) -> str:
        return COLUMNS[self.sort]


def _where(conditions: Sequence[Condition]) -> tuple[str, list[Any]]:
    return (
        " AND ".join(f"({condition.sql})" for condition in conditions),
        [value for condition in conditions for value in condition.values],
    )


def _cut(places: list[Place], limit: int, after: Place | None) -> Page:
    """The first `limit` places; the rest, or else what comes `after`, is for the next page."""
    return Page(places[:limit], places[limit - 1] if len(places) > limit else after)
