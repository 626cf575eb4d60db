"""What a card says of its licence, in the ids of the catalogue; it does not judge."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub.licensing.catalogue import OTHER, catalogue, known
from hub.licensing.expressions import read_expression
from hub.licensing.facts import UNKNOWN
from hub.repos.cards import Card


@dataclass(frozen=True)
class Declared:
    """The licences that a card declares.

    `operator` is "or" where whoever uses the model may choose, "and" where all apply, as in a dataset's list;
    `family` says that one of them is a family, of which any licence may be meant; `unknown` are the names
    that nobody knows, and `exceptions` what WITH adds to a licence, as written. The words "other"
    and "unknown" are in none of them: they name no licence.
    """

    written: str
    keys: tuple[str, ...] = ()
    operator: str = ""
    family: bool = False
    unknown: tuple[str, ...] = ()
    name: str = ""
    link: str = ""
    exceptions: tuple[str, ...] = ()


def declared_by(card: Card) -> Declared:
    """What a card declares; without a licence `written` is empty."""
    return read_declared(card.licences, card.license_name or "", card.license_link or "")


def read_declared(licences: Iterable[str], name: str = "", link: str = "") -> Declared:
    """What the values of `license`, `license_name` and `license_link` declare.

    Each value is an id, a name as people and ModelScope write it, or an SPDX expression. A name counts where
    the licence is "other", or where nothing else is known.
    """
    written = [each.strip() for each in licences if each.strip()]
    named = [each for each in written if each.lower() not in {OTHER, UNKNOWN}]
    keys: list[str] = []
    unknown: list[str] = []
    exceptions: list[str] = []
    operator = "and" if len(named) > 1 else ""
    for each in named:
        expression = read_expression(each)
        if expression is None:
            unknown.append(each)
            continue
        keys += expression.keys
        unknown += expression.unknown
        exceptions += expression.exceptions
        operator = operator or expression.operator
    meant = known(name) if name and not keys else None
    if meant:
        keys.append(meant.id)
    keys = list(dict.fromkeys(keys))
    return Declared(
        written=", ".join(written),
        keys=tuple(keys),
        operator=operator if len(keys) + len(unknown) > 1 else "",
        family=any(licence.family for licence in catalogue() if licence.id in keys),
        unknown=tuple(dict.fromkeys(unknown)),
        name=name.strip(),
        link=link.strip(),
        exceptions=tuple(dict.fromkeys(exceptions)),
    )
