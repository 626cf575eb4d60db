"""The choices that narrow a list, as links: what can be chosen, how often it is there, what was chosen."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from hub.http.web.task_words import task_words
from hub.licensing.catalogue import Book
from hub.licensing.openness import Openness, counted
from hub.repos.facets import CONDITIONAL, FACETS, MANY, NO, YES, Spread

# Of each facet so many values are shown at once, and so many in all.
SHOWN, MOST = 6, 40
LABELS: dict[str, Promise] = {
    "task": _("Task"),
    "library": _("Library"),
    "openness": _("Openness"),
    "licence": _("Licence"),
    "commercial_use": _("Commercial use"),
    "licence_text": _("Licence's text"),
    "licence_clear": _("Licence check"),
    "language": _("Language"),
    "parameters": _("Parameters"),
    "size": _("Size of all files"),
    "author": _("Organisation"),
    "gated": _("Access"),
    "tag": _("Tag"),
}
# In which order they are offered.
ORDER = tuple(name for name in LABELS if name in FACETS or name == "openness")
OPENNESS: dict[str, Promise] = {
    Openness.OPEN: _("Open: free to use, change and share"),
    Openness.CONDITIONS: _("With conditions on its use"),
    Openness.RESEARCH: _("Not for commercial use"),
}
# What the values of a facet are called where they are no names.
WORDS: dict[str, dict[str, Promise]] = {
    "openness": OPENNESS,
    "gated": {NO: _("Open to anybody"), YES: _("Gated")},
    "commercial_use": {
        YES: _("Allowed without conditions"),
        CONDITIONAL: _("Allowed, maybe with conditions"),
    },
    "licence_text": {YES: _("Among the files")},
    "licence_clear": {YES: _("No open contradiction")},
}


@dataclass(frozen=True)
class Value:
    """One value of a facet, where choosing it leads, and how many there are."""

    label: str
    link: str
    count: int


@dataclass(frozen=True)
class Facet:
    """Values to choose from; those in `more` are folded away."""

    name: str
    label: str
    values: list[Value]
    more: list[Value]


@dataclass(frozen=True)
class Chip:
    """A choice that was made; the link takes it back."""

    facet: str
    label: str
    link: str


def chosen_in(query: QueryDict) -> dict[str, list[str]]:
    """What an address chooses of each facet; of those with one value the last counts."""
    found = {
        name: list(dict.fromkeys(query.getlist(name))) if name in MANY else query.getlist(name)[-1:]
        for name in LABELS
    }
    return {name: [value for value in values if value] for name, values in found.items() if any(values)}


def facets_of(query: QueryDict, chosen: dict[str, list[str]], spread: Spread, book: Book) -> list[Facet]:
    """The facets that can narrow the list further; one whose only value is chosen cannot."""
    facets = []
    # A class of licences is counted by them; they are all there is.
    values_of = spread.values | {"openness": counted(spread.values.get("licence", []), book)}
    for name in ORDER:
        taken = chosen.get(name, [])
        counts = [(value, count) for value, count in values_of.get(name, []) if value not in taken]
        if not counts or (taken and name not in MANY):
            continue
        values = [
            Value(label_of(name, value), _link(query, {**chosen, name: [*taken, value]}), count)
            for value, count in counts[:MOST]
        ]
        facets.append(Facet(name, str(LABELS[name]), values[:SHOWN], values[SHOWN:]))
    return facets


def chips_of(query: QueryDict, chosen: dict[str, list[str]]) -> list[Chip]:
    """Everything that was chosen, each with a link without it."""
    return [
        Chip(
            str(LABELS[name]),
            label_of(name, value),
            _link(query, {**chosen, name: [other for other in values if other != value]}),
        )
        for name, values in chosen.items()
        for value in values
    ]


def label_of(facet: str, value: str) -> str:
    """A value in words."""
    if facet == "task":
        return task_words(value)
    if facet in WORDS:
        return str(WORDS[facet].get(value, value))
    if facet == "language":
        return language_words(value)
    if facet in ("parameters", "size"):
        low, _dash, high = value.partition("-")
        if not high:
            return _("over %s") % low
        return _("under %s") % high if low == "0" else f"{low} – {high}"
    return value


def language_words(code: str) -> str:
    """A language's name, or its code where Django knows no name."""
    try:
        return str(get_language_info(code.partition("-")[0])["name_translated"])
    except KeyError:
        return code


def hidden_fields(chosen: dict[str, list[str]]) -> list[tuple[str, str]]:
    """The choices as fields of a form, so that another search keeps them."""
    return [(name, value) for name, values in chosen.items() for value in values]


def _link(query: QueryDict, chosen: dict[str, Iterable[str]]) -> str:
    """The query of this list with other choices, from its beginning."""
    changed = query.copy()
    for name in (*LABELS, "cursor"):
        changed.pop(name, None)
    for name, values in chosen.items():
        changed.setlist(name, list(values))
    return f"?{changed.urlencode()}"
