"""What staff may say of a licence that they register: the catalogue's questions and answers, checked."""

from collections.abc import Mapping
from dataclasses import fields as fields_of
from typing import Any

from django.utils.translation import gettext

from hub.errors import InvalidInput
from hub.licensing.catalogue import (
    CONDITION_MAY,
    CONDITION_NEEDS,
    CONDITIONS,
    DUTIES,
    KINDS,
    VOCABULARY,
    Condition,
    Duty,
)

TEXTS = ("spdx", "aliases", "compatible")
LONGEST = 500
MOST = 20


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as a row of the catalogue has them, without what is empty; InvalidInput names the wrong one.

    A licence that was registered is declared by its name beside `other`, as clients know no other ids.
    """
    known = {"kind", *VOCABULARY, *TEXTS, "conditions", "duties", "clauses", "policy_url", "source"}
    for name in fields:
        if name not in known:
            raise InvalidInput(gettext("There is no such field."), name)
    found = {name: value for name, value in fields.items() if value}
    for name in found.keys() & VOCABULARY.keys():
        _one_of(name, found[name], VOCABULARY[name])
    if "kind" in found:
        _one_of("kind", found["kind"], KINDS)
    for name in found.keys() & {"policy_url", "source"}:
        _text(name, found[name])
    if not found.get("policy_url", "https://").startswith(("https://", "http://")):
        raise InvalidInput(
            gettext("The address must begin with http:// or https:// and a host."), "policy_url"
        )
    for name in found.keys() & set(TEXTS):
        for each in _list(name, found[name]):
            _text(name, each)
    _check_clauses(found.get("clauses", {}))
    for name, kinds in (("conditions", tuple(CONDITIONS)), ("duties", DUTIES)):
        for each in _list(name, found.get(name, [])):
            _check_part(name, each, kinds)
    for each in found.get("conditions", []):
        for problem in condition_problems(each).values():
            raise InvalidInput(f"{each['kind']}: {problem}", "conditions")
    return {"declared_as_other": True, **found}


def condition_problems(condition: Mapping[str, Any]) -> dict[str, str]:
    """What a condition of a known kind lacks or says too much, by its part: it has no words then."""
    kind = condition["kind"]
    given = {part for part in ("limit", "what") if condition.get(part)}
    needed = CONDITION_NEEDS.get(kind, frozenset())
    lacking = {
        "limit": gettext("It needs the number from which it counts."),
        "what": gettext("It needs the name that is shown."),
    }
    too_much = {"limit": gettext("It counts from no number."), "what": gettext("It shows no name.")}
    return {part: lacking[part] for part in lacking if part in needed - given} | {
        part: too_much[part]
        for part in too_much
        if part in given - needed - CONDITION_MAY.get(kind, frozenset())
    }


def _check_clauses(clauses: Any) -> None:
    """The numbers of clauses in the text, by the question that they answer."""
    if not isinstance(clauses, dict) or not clauses.keys() <= VOCABULARY.keys():
        raise InvalidInput(gettext("It must be one of %s.") % ", ".join(VOCABULARY), "clauses")
    for clause in clauses.values():
        _text("clauses", clause)


def _check_part(name: str, part: Any, kinds: tuple[str, ...]) -> None:
    """A condition or a duty."""
    if not isinstance(part, dict):
        raise InvalidInput(gettext("Each must be an object with its kind."), name)
    parts = Condition if name == "conditions" else Duty
    allowed = {each.name for each in fields_of(parts)} - {"also"}
    for key, value in part.items():
        if key not in allowed:
            raise InvalidInput(gettext("There is no such field."), name)
        if key == "limit":
            _number(name, value)
        else:
            _text(name, value)
    _one_of(name, part.get("kind"), kinds)


def _number(name: str, value: Any) -> None:
    if type(value) is not int or not 0 <= value < 2**53:
        raise InvalidInput(gettext("It must be a whole number."), name)


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if not isinstance(value, str) or value not in allowed:
        raise InvalidInput(gettext("It must be one of %s.") % ", ".join(allowed), name)


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise InvalidInput(gettext("At most %d characters.") % LONGEST, name)


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        raise InvalidInput(gettext("At most %d of them.") % MOST, name)
    return value
