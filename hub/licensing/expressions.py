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

    Beside known licences an unknown word is UNKNOWN. What WITH adds only loosens a licence, and is left out.
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
    except ExpressionError:
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
    key = _known(symbol.key, book)
    if key is None:
        unknown[symbol.key] = None
    return (frozenset({key or UNKNOWN}),)
