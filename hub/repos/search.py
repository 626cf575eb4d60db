"""What a search finds first: the name itself, then its beginning, then words in names, in tags, in cards.

Among equals more downloads come first. A search that finds few repositories puts all of them in this order;
one that finds many looks through the steps one after the other until a page is full.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from accounts.selectors import namespace_by_name
from hub.repos.frequent import frequent_words
from hub.repos.listing import FEW, Catalogue, Condition, Place
from hub.repos.words import search_query

POPULARITY = "downloads"
# So many matches among so many of the most popular repositories are too many to put in order at once.
PROBED, FREQUENT = 1000, 5
COLUMNS = ("name_search", "label_search", "search")
NAME = re.compile(r"(?:([A-Za-z0-9._-]{1,96})/)?([A-Za-z0-9._ -]{0,96})", re.ASCII)


class Found(NamedTuple):
    """Where a repository stands among the matches: the step that finds it, and there its place.

    Without a place it is where the step begins.
    """

    step: int
    place: Place | None


@dataclass(frozen=True)
class Search:
    """The steps of a search that has words, best first; a repository is found at the first that it meets."""

    steps: tuple[Condition, ...]

    @classmethod
    def of(cls, text: str) -> "Search | None":
        """The search for a text; None when it has no words."""
        query = search_query(text, whole=frequent_words())
        if not query:
            return None
        words = [Condition(f"r.{column} @@ %s::tsquery", (query,)) for column in COLUMNS]
        return cls((*_by_name(text), *words))

    @property
    def anywhere(self) -> Condition:
        """What holds for every match."""
        return self.steps[-1]

    def page(
        self, catalogue: Catalogue, conditions: Sequence[Condition], *, after: Found | None, limit: int
    ) -> tuple[list[Found], Found | None]:
        """The next matches for which the conditions hold too, and where the page after them goes on."""
        few = self._few(catalogue, [*conditions, self.anywhere])
        if few is None:
            return self._by_steps(catalogue, conditions, after or Found(0, None), limit)
        left = sorted((found for found in few if after is None or _comes_after(found, after)), key=_order)
        return left[:limit], left[limit - 1] if len(left) > limit else None

    def _few(self, catalogue: Catalogue, conditions: Sequence[Condition]) -> list[Found] | None:
        """All matches; None if they are many."""
        if catalogue.count_near(conditions, PROBED) >= FREQUENT:
            return None
        cases = " ".join(f"WHEN {step.sql} THEN {number}" for number, step in enumerate(self.steps))
        step = Condition(f"CASE {cases} END", tuple(value for step in self.steps for value in step.values))
        public = catalogue.few(conditions, also=step)
        hidden = catalogue.hidden(conditions, also=step, limit=FEW + 1)
        if public is None or len(hidden) > FEW:
            return None
        return [Found(step, Place(*place)) for *place, step in [*public, *hidden]]

    def _by_steps(
        self, catalogue: Catalogue, conditions: Sequence[Condition], start: Found, limit: int
    ) -> tuple[list[Found], Found | None]:
        found: list[Found] = []
        place = start.place
        for number in range(start.step, len(self.steps)):
            if len(found) == limit:
                return found, Found(number, None)
            before = [Condition(f"NOT ({step.sql})", step.values) for step in self.steps[:number]]
            page = catalogue.page(
                [*conditions, self.steps[number], *before],
                after=place,
                limit=limit - len(found),
                rare=number == 0 and len(self.steps) > len(COLUMNS),
            )
            found += [Found(number, place) for place in page.places]
            if page.after is not None:
                return found, Found(number, page.after)
            place = None
        return found, None


def _by_name(text: str) -> list[Condition]:
    """The steps of what could be a name, with or without its namespace; for a space there is a hyphen."""
    address = NAME.fullmatch(" ".join(text.split()))
    namespace = namespace_by_name(address[1]) if address and address[1] else None
    if address is None or (address[1] and namespace is None):
        return []
    within = Condition("true") if namespace is None else Condition("r.namespace_id = %s", (namespace.pk,))
    pattern = address[2].replace("_", r"\_").replace(" ", "-")
    return [
        Condition(f"upper(r.name) LIKE upper(%s) AND {within.sql}", (beginning, *within.values))
        for beginning in (pattern, f"{pattern}%")
    ]


def _order(found: Found) -> tuple[int, int, int]:
    return found.step, -found.place.key, -found.place.id


def _comes_after(found: Found, other: Found) -> bool:
    if found.step != other.step:
        return found.step > other.step
    return other.place is None or found.place < other.place
