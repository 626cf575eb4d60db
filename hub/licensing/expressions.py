"""SPDX licence expressions (SPDX 3.x, annex on licence expressions), in the ids of the catalogue."""

import re
from dataclasses import dataclass
from functools import cache
from itertools import islice, product
from typing import Any

from hub.licensing.catalogue import Book
from hub.licensing.facts import UNKNOWN

LONGEST = 500
# Choices within what applies together double the ways to read it.
MOST_WAYS = 64
_COMPOUND = re.compile(r"[()]|\s(?:AND|OR|WITH)\s", re.IGNORECASE)
Ways = tuple[frozenset[str], ...]


@dataclass(frozen=True)
class Expression:
    """The licences that apply together, in each way in which one may choose; and the words nobody knows.

    Beside known licences an unknown word is UNKNOWN. The exceptions that SPDX lists only loosen a licence,
    and are left out; any other word behind WITH may do the contrary, and nobody knows what then applies.
    """

    ways: Ways = ()
    unknown: tuple[str, ...] = ()


def read_expression(written: str, book: Book) -> Expression | None:
    """What an expression says; None for what is none."""
    written = written.strip()
    if not written or len(written) > LONGEST:
        return None
    if licence := _known(written, book):
        return Expression((frozenset({licence}),))
    if not _COMPOUND.search(written):
        return Expression(unknown=(written,))
    # Only here: most licences are single ids, and the library takes its time to be imported.
    from license_expression import ExpressionError

    try:
        parsed = _licensing().parse(written)
    except (ExpressionError, AssertionError, IndexError, TypeError):
        # Of some texts that are no expressions the library says so in its own way: "()", "( AND X".
        return None
    if parsed is None:
        return None
    unknown: dict[str, None] = {}
    ways = _ways(parsed, book, unknown)
    return Expression(ways if any(way - {UNKNOWN} for way in ways) else (), tuple(unknown))


def _known(written: str, book: Book) -> str | None:
    """An id of the book; SPDX's older "+" says "or later"."""
    licence = book.known(written) or book.known(written.removesuffix("+"))
    return licence.id if licence else None


@cache
def _licensing() -> Any:
    from license_expression import Licensing

    return Licensing()


@cache
def _exceptions() -> frozenset[str]:
    """The exceptions that SPDX lists, in lower case."""
    from license_expression import get_spdx_licensing

    symbols = get_spdx_licensing().known_symbols
    return frozenset(key.lower() for key, symbol in symbols.items() if symbol.is_exception)


def _ways(part: Any, book: Book, unknown: dict[str, None]) -> Ways:
    """The ways to read a part of an expression, in their order and each once; `unknown` is added to."""
    operator = getattr(part, "operator", "").strip().lower()
    if operator in {"or", "and"}:
        inner = [_ways(each, book, unknown) for each in part.args]
        if operator == "or":
            found = (way for ways in inner for way in ways)
        else:
            found = (frozenset().union(*chosen) for chosen in product(*inner))
        return tuple(islice(dict.fromkeys(islice(found, MOST_WAYS * MOST_WAYS)), MOST_WAYS))
    symbol = getattr(part, "license_symbol", part)
    added = getattr(part, "exception_symbol", None)
    key = _known(symbol.key, book)
    if key is None:
        unknown[symbol.key] = None
    if added is not None and added.key.lower() not in _exceptions():
        key, unknown[added.key] = None, None
    return (frozenset({key or UNKNOWN}),)
