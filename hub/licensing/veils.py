"""Names of private repositories, kept from a fine-grained token that is not granted them.

Whoever sees a repository sees what it was made of, but for such tokens: they are granted single repositories.
What comes down to those is told, and not from where.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext

from accounts.actors import Actor
from hub.licensing.facts import Facts
from hub.licensing.models import LicenceEdge
from hub.licensing.terms import Terms
from hub.repos.lineage import names_seen
from hub.repos.models import Repository

# From something as JSON to the same without the names.
Veil = Callable[[Any], Any]


def veil_over(actor: Actor, repositories: Collection[Repository], names: Iterable[str]) -> Veil:
    """What puts other words for those of the names that the actor may not know.

    A name that a file of one of the repositories spells may be known. Two queries, for such tokens only.
    """
    private = [repository.pk for repository in repositories if repository.private]
    if actor.scope is None or not private:
        return _all_of_it
    named = {name.lower() for name in names if name}
    spelled = LicenceEdge.objects.filter(child__in=private).values_list("name", flat=True)
    own = {repository.full_name.lower() for repository in repositories}
    hidden = named - own - names_seen(actor, sorted(named)) - set(spelled)
    if not hidden:
        return _all_of_it
    longest_first = "|".join(re.escape(name) for name in sorted(hidden, key=len, reverse=True))
    pattern = re.compile(rf"(?<![\w./-])(?:{longest_first})(?![\w/-]|\.\w)", re.IGNORECASE)
    words = gettext("a repository that this token is not granted")
    return lambda told: _without(told, pattern, words)


def names_of(
    facts: Facts | None = None, terms: Terms | None = None, said: Iterable[Mapping[str, Any]] = ()
) -> set[str]:
    """Every name of another repository in facts, in terms, and in findings as JSON."""
    found: set[str] = set()
    if facts:
        found |= {one.name for one in (*facts.bases, *facts.inherited, *facts.datasets)}
    if terms:
        found |= {one.name for row in terms.rows for one in (*row.sources, *row.conditions)}
        found |= {one.name for one in terms.duties}
    for one in said:
        found |= {evidence["ancestor"] for evidence in one["evidence"]}
        found |= {value for value in one["params"].values() if value.count("/") == 1}
    return found


def _all_of_it(told: Any) -> Any:
    return told


def _without(told: Any, pattern: re.Pattern[str], words: str) -> Any:
    """The same with other words in every text of it."""
    if isinstance(told, str):
        return pattern.sub(words, told)
    if isinstance(told, Mapping):
        return {key: _without(value, pattern, words) for key, value in told.items()}
    if isinstance(told, list | tuple):
        return [_without(value, pattern, words) for value in told]
    return told
