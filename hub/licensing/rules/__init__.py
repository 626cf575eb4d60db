"""What licences contradict, lack or ask: one rule a file; what subclasses Rule here is found by its id."""

import hashlib
import pkgutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from inspect import isabstract, isclass
from pathlib import Path
from typing import Any

from hub.licensing.catalogue import Book
from hub.licensing.declared import read_statement
from hub.licensing.facts import Base, Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule


@cache
def all_rules() -> dict[str, Rule]:
    """Every rule by id."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    kinds = {kind for module in modules for kind in vars(module).values() if isclass(kind)}
    found = [kind for kind in kinds if issubclass(kind, Rule) and not isabstract(kind)]
    return {kind.id: kind() for kind in sorted(found, key=lambda kind: kind.id)}


def judge(facts: Facts, book: Book) -> tuple[Finding, ...]:
    """Everything to say about a repository, the gravest first and each once, in whatever order facts come."""
    return _judged(all_rules().values(), facts, book)


def judge_statement(facts: Facts, book: Book) -> tuple[Finding, ...]:
    """What is to say about the statement of a card alone, of which nothing else is known yet."""
    return _judged([rule for rule in all_rules().values() if rule.of_the_statement], facts, book)


def _judged(rules: Collection[Rule], facts: Facts, book: Book) -> tuple[Finding, ...]:
    ordered = _in_order(facts)
    once = _looked(rules, ordered, book)
    conflicts = _conflicts(once)
    for key, found in once.items():
        card = found.patch.get("card") if found.patch else None
        if card and _conflicts(_looked(rules, _declaring(card, ordered, book), book)) - conflicts:
            once[key] = replace(found, patch=None)
    return tuple(sorted(once.values(), key=lambda found: (-found.severity.rank, found.rule, found.key)))


def _looked(rules: Iterable[Rule], facts: Facts, book: Book) -> dict[str, Finding]:
    once: dict[str, Finding] = {}
    for rule in rules:
        for found in rule.look(facts, book):
            once.setdefault(found.key, found)
    return once


def _conflicts(found: Mapping[str, Finding]) -> set[str]:
    return {key for key, one in found.items() if one.severity == Severity.CONFLICT}


def _declaring(card: Mapping[str, str | None], facts: Facts, book: Book) -> Facts:
    """The same with a card that a patch has changed: no patch may mend one contradiction by another."""
    said = facts.statement
    fields = {"license_name": said.name, "license_link": said.link} | dict(card)
    statement = read_statement(
        [fields["license"] or ""],
        fields["license_name"] or "",
        fields["license_link"] or "",
        book,
        said.lines,
    )
    return replace(facts, statement=statement)


def _in_order(facts: Facts) -> Facts:
    """The same facts, so that of two that say the same always the same one is told; the card goes first."""
    return replace(
        facts,
        files=tuple(
            sorted(facts.files, key=lambda file: (file.identity, file.role, file.scope, str(file.found)))
        ),
        bases=tuple(sorted(facts.bases, key=_place_of)),
        datasets=tuple(sorted(facts.datasets, key=lambda one: (one.name, not one.seen, sorted(one.keys)))),
    )


def _place_of(base: Base) -> tuple[Any, ...]:
    was = sorted(base.was or ())
    place = (not base.declared, base.path, base.field, base.line, base.relation)
    return base.name, *place, base.seen, sorted(base.keys), base.gated, was


def _version() -> str:
    """Of everything that a judgement rests on but the facts and what is registered."""
    room = Path(__file__).parent.parent
    beside = [room / name for name in ("facts.py", "terms.py", "licences.json")]
    files = [*sorted(Path(__file__).parent.glob("*.py")), *beside]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]


# Changes whenever the same facts may be judged otherwise: what was judged before is judged again.
RULES_VERSION = _version()
