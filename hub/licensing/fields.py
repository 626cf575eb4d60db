"""What staff may say of a licence that they register: the catalogue's questions and answers, checked."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from hub.errors import InvalidInput
from hub.licensing.catalogue import CONDITIONS, DUTIES, KINDS, VOCABULARY, as_licence

TEXTS = ("spdx", "aliases")
LONGEST = 500
MOST = 20


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as a row of the catalogue has them, without what is empty; InvalidInput names the wrong one.

    A licence that was registered is declared by its name beside `other`, as clients know no other ids.
    """
    known = {"kind", *VOCABULARY, *TEXTS, "conditions", "duties", "policy_url", "source"}
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
    for name in found.keys() & set(TEXTS):
        for each in _list(name, found[name]):
            _text(name, each)
    for name, kinds in (("conditions", tuple(CONDITIONS)), ("duties", DUTIES)):
        for each in _list(name, found.get(name, [])):
            _one_of(name, each.get("kind") if isinstance(each, dict) else each, kinds)
            for key, value in each.items():
                if key == "limit":
                    if type(value) is not int or not 0 <= value < 2**53:
                        raise InvalidInput(gettext("It must be a whole number."), name)
                elif key in {"what", "text", "clause"}:
                    _text(name, value)
                elif key != "kind":
                    raise InvalidInput(gettext("There is no such field."), name)
    row = {"id": "new", "name": "new", "declared_as_other": True, **found}
    as_licence(row)
    return {"declared_as_other": True, **found}


def _one_of(name: str, value: Any, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise InvalidInput(gettext("It must be one of %s.") % ", ".join(allowed), name)


def _text(name: str, value: Any) -> None:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise InvalidInput(gettext("At most %d characters.") % LONGEST, name)


def _list(name: str, value: Any) -> list[Any]:
    if not isinstance(value, list) or len(value) > MOST:
        raise InvalidInput(gettext("At most %d of them.") % MOST, name)
    return value
