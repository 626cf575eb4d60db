"""How what somebody asks for is spread over tasks, libraries, licences and the like, however much there is.

Few matches are counted, all of them. Of many so many are looked at, and the counts are said to be at least
that. What nothing narrows is not counted at all: `hub.repos.tags` has done so some minutes ago.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from accounts.actors import Actor
from accounts.selectors import organisation_names
from hub.repos.languages import TWO_LETTERS, WORDS
from hub.repos.listing import Catalogue
from hub.repos.lists import NOTHING, RELEVANCE, Wanted, conditions_of, hidden_seen
from hub.repos.models import Repository
from hub.repos.ranges import PARAMETERS, SIZES, range_of
from hub.repos.search import POPULARITY, Search
from hub.repos.tags import MOST_SHOWN, counts_by_type

# So many rows are looked at.
COUNTED = 1_000
YES, NO = "yes", "no"
# Commercial use, with conditions or without.
CONDITIONAL = "conditional"
# What a list is narrowed by; of those in MANY several may be chosen, which all have to hold.
FACETS = (
    *("task", "library", "licence", "commercial_use", "licence_text", "licence_clear"),
    *("language", "parameters", "size", "author", "gated"),
)
MANY = ("language", "tag")
RANGES = {"parameters": PARAMETERS, "size": SIZES}
COLUMNS = (
    "r.tags, r.pipeline_tag, r.library, r.parameters, r.size, r.namespace_id, r.gated, "
    "r.commercial_use, r.licence_text, r.licence_clear"
)
# How a choice is spelled as a tag, for each kind.
PREFIXES = {
    Repository.Kind.MODEL: {"library": "", "licence": "license:", "language": "", "tag": ""},
    Repository.Kind.DATASET: {
        "task": "task_categories:",
        "library": "",
        "licence": "license:",
        "language": "language:",
        "tag": "",
    },
}
TYPES = {"licence": "license", "task": "pipeline_tag"}
Chosen = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Spread:
    """How many there are, and for each facet its values with their counts, the most frequent first.

    Unless `exact`, there are at least so many.
    """

    total: int = 0
    exact: bool = True
    values: dict[str, list[tuple[str, int]]] = field(default_factory=dict)


def wanted_by(kind: str, search: str, chosen: Chosen, *, licences: Sequence[str] = ()) -> Wanted:
    """What the choices ask for: a name of FACETS or "tag", and what is chosen of it; one of `licences`."""
    first = {facet: values[0] for facet, values in chosen.items() if values}
    prefixes = PREFIXES[Repository.Kind(kind)]
    return Wanted(
        kind,
        search=search,
        author=first.get("author", ""),
        tags=[f"{prefix}{value}" for facet, prefix in prefixes.items() for value in chosen.get(facet, ())],
        any_tags=[f"{prefixes['licence']}{licence}" for licence in licences],
        pipeline_tag="" if "task" in prefixes else first.get("task", ""),
        gated={YES: True, NO: False}.get(first.get("gated", "")),
        commercial_use=first.get("commercial_use", ""),
        licence_text=first.get("licence_text") == YES,
        licence_clear=first.get("licence_clear") == YES,
        **{
            facet: ranges[first[facet]].bounds if facet in first else (None, None)
            for facet, ranges in RANGES.items()
        },
    )


def spread(actor: Actor, wanted: Wanted, *, sort: str) -> Spread:
    """How what is wanted is spread; the work is bounded and at most seven queries."""
    conditions = conditions_of(wanted)
    if NOTHING in conditions:
        return Spread()
    if search := Search.of(wanted.search):
        conditions.append(search.anywhere)
    catalogue = Catalogue(wanted.kind, POPULARITY if sort == RELEVANCE else sort, hidden_seen(actor))
    if not conditions and catalogue.more_than(COUNTED) and (counts := counts_by_type(wanted.kind)):
        return _counted_before(wanted.kind, counts)
    rows, exact = catalogue.sample(conditions, what=COLUMNS, most=COUNTED)
    counted: dict[str, Counter[Any]] = {facet: Counter() for facet in FACETS}
    for row in rows:
        for facet, value in _facts(wanted.kind, *row):
            counted[facet][value] += 1
    names = organisation_names(pk for pk, _ in counted["author"].most_common(MOST_SHOWN))
    counted["author"] = Counter({names[pk]: n for pk, n in counted["author"].items() if pk in names})
    return Spread(len(rows), exact, {facet: _in_order(facet, each) for facet, each in counted.items()})


def _counted_before(kind: str, counts: dict[str, dict[str, int]]) -> Spread:
    prefixes = PREFIXES[Repository.Kind(kind)]
    values = {}
    for facet in FACETS:
        prefix = prefixes.get(facet, "")
        type_ = prefix.removesuffix(":") or TYPES.get(facet, facet)
        each = {tag.removeprefix(prefix): number for tag, number in counts.get(type_, {}).items()}
        values[facet] = _in_order(facet, Counter(each))
    return Spread(sum(counts.get("gated", {}).values()), True, values)


def _in_order(facet: str, counts: Counter[str]) -> list[tuple[str, int]]:
    if facet in RANGES:
        return [(key, counts[key]) for key in RANGES[facet] if counts[key]]
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def _facts(
    kind: str,
    tags: list[str],
    task: str,
    library: str,
    parameters: int | None,
    size: int | None,
    namespace_id: int,
    gated: str,
    commercial_use: str,
    licence_text: bool,
    licence_clear: bool,
) -> Iterator[tuple[str, Any]]:
    """What a row counts for. Languages of models are told from other tags by their two letters."""
    yield "author", namespace_id
    yield "gated", YES if gated else NO
    if commercial_use == "yes":
        yield "commercial_use", YES
    if commercial_use in ("yes", CONDITIONAL):
        yield "commercial_use", CONDITIONAL
    if licence_text:
        yield "licence_text", YES
    if licence_clear:
        yield "licence_clear", YES
    if library:
        yield "library", library
    if parameters is not None:
        yield "parameters", range_of(parameters, PARAMETERS)
    if size is not None:
        yield "size", range_of(size, SIZES)
    prefixes = PREFIXES[Repository.Kind(kind)]
    if task and "task" not in prefixes:
        yield "task", task
    for tag in tags:
        if kind == Repository.Kind.MODEL and _is_known(tag):
            yield "language", tag
        for facet, prefix in prefixes.items():
            if prefix and tag.startswith(prefix):
                yield facet, tag.removeprefix(prefix)


def languages_of(repository: Repository) -> list[str]:
    """The languages among a repository's tags, as its card names them."""
    prefix = PREFIXES[Repository.Kind(repository.kind)]["language"]
    if prefix:
        return [tag.removeprefix(prefix) for tag in repository.tags if tag.startswith(prefix)]
    named = repository.card.get("language")
    said = {named} if isinstance(named, str) else set(named) if isinstance(named, list) else set()
    return [tag for tag in repository.tags if tag in said or _is_known(tag)]


def _is_known(tag: str) -> bool:
    return tag in WORDS or tag.partition("-")[0] in TWO_LETTERS
