"""What licences contradict, lack or ask: one rule a file; what subclasses Rule here is found by its id."""

import hashlib
import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from inspect import isabstract, isclass
from pathlib import Path

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding
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
    return _sorted(found for rule in all_rules().values() for found in rule.look(facts, book))


def judge_statement(facts: Facts, book: Book) -> tuple[Finding, ...]:
    """What is to say about the statement of a card alone, of which nothing else is known yet."""
    rules = [rule for rule in all_rules().values() if rule.of_the_statement]
    return _sorted(found for rule in rules for found in rule.look(facts, book))


def _sorted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    once: dict[str, Finding] = {}
    for found in findings:
        once.setdefault(found.key, found)
    return tuple(sorted(once.values(), key=lambda found: (-found.severity.rank, found.rule, found.key)))


def _version() -> str:
    """Of everything that a judgement rests on but the facts and what is registered."""
    room = Path(__file__).parent.parent
    files = [*sorted(Path(__file__).parent.glob("*.py")), room / "terms.py", room / "licences.json"]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()[:12]


# Changes whenever the same facts may be judged otherwise: what was judged before is judged again.
RULES_VERSION = _version()
