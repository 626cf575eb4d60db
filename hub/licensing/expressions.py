"""SPDX licence expressions, in the ids of the catalogue."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from hub.licensing.catalogue import known

LONGEST = 500
_COMPOUND = re.compile(r"[()]|\s(?:AND|OR|WITH)\s", re.IGNORECASE)


@dataclass(frozen=True)
class Expression:
    """`operator` is "or" where one licence may be chosen, "and" where several apply; "and" for a mixture,
    which binds to no more than all of them. `exceptions` are what WITH adds, as written.
    """

    keys: tuple[str, ...]
    operator: str = ""
    unknown: tuple[str, ...] = ()
    exceptions: tuple[str, ...] = ()


def read_expression(written: str) -> Expression | None:
    """What an expression says; None for what is none."""
    written = written.strip()
    if not written or len(written) > LONGEST:
        return None
    licence = _known(written)
    if licence:
        return Expression((licence,))
    if not _COMPOUND.search(written):
        return Expression((), unknown=(written,))
    return _read_compound(written)


def _known(written: str) -> str | None:
    """An id of the catalogue; SPDX's older "+" says "or later"."""
    licence = known(written) or known(written.removesuffix("+"))
    return licence.id if licence else None


def _read_compound(written: str) -> Expression | None:
    # Only here: most licences are single ids, and the library takes its time to be imported.
    from license_expression import ExpressionError, LicenseWithExceptionSymbol

    try:
        parsed = _licensing().parse(written)
    except ExpressionError:
        return None
    keys, unknown, exceptions, operators = [], [], [], set()
    for part in _parts(parsed):
        operators.add(getattr(part, "operator", "").strip().lower())
        if isinstance(part, LicenseWithExceptionSymbol):
            exceptions.append(part.exception_symbol.key)
            part = part.license_symbol
        if hasattr(part, "key"):
            key = _known(part.key)
            keys.append(key) if key else unknown.append(part.key)
    operators.discard("")
    operator = "or" if operators == {"or"} else "and" if operators else ""
    return Expression(_each_once(keys), operator, _each_once(unknown), _each_once(exceptions))


def _each_once(words: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))


@cache
def _licensing() -> Any:
    from license_expression import Licensing

    return Licensing()


def _parts(parsed: Any) -> list[Any]:
    """An expression and everything in it, in the order it is written in."""
    return [parsed, *(inner for part in getattr(parsed, "args", ()) for inner in _parts(part))]
