"""What a card says of its licence, in the ids of the catalogue; it does not judge."""

from collections.abc import Iterable, Mapping

from hub.licensing.catalogue import OTHER, Book
from hub.licensing.expressions import MOST_WAYS, Expression, read_expression
from hub.licensing.facts import UNKNOWN, Statement
from hub.repos.cards import Card

# Words that people choose when they have no id; they name no licence.
NO_NAMES = {OTHER, UNKNOWN}


def stated_by(card: Card, book: Book, lines: Mapping[str, int] | None = None) -> Statement:
    """What a card says; without a licence `written` is empty. `lines` are where its fields begin."""
    return read_statement(
        card.licences, card.license_name or "", card.license_link or "", book, dict(lines or {})
    )


def read_statement(
    licences: Iterable[str], name: str, link: str, book: Book, lines: dict[str, int]
) -> Statement:
    """What the values of `license`, `license_name` and `license_link` say together.

    Each value is an id, a name as people and ModelScope write it, or an SPDX expression; of a list all apply,
    as to the parts of a dataset. A name counts where the licence is "other", or where nothing is known.
    """
    written = [each.strip() for each in licences if each.strip()]
    ways: list[frozenset[str]] = []
    unknown: list[str] = []
    for each in written:
        if each.lower() in NO_NAMES:
            continue
        expression = read_expression(each, book) or Expression(unknown=(each,))
        unknown += expression.unknown
        more = expression.ways or (frozenset({UNKNOWN}),)
        ways = [way | one for way in ways for one in more][:MOST_WAYS] if ways else list(more)
    if not written or (not ways and not unknown and name):
        meant = book.known(name)
        ways, unknown = ([frozenset({meant.id})], []) if meant else ([], [name] if written else [])
    if not any(way - {UNKNOWN} for way in ways):
        ways = []
    families = [key for key in sorted(frozenset().union(*ways)) if key in book and book[key].family]
    return Statement(
        written=", ".join(written),
        alternatives=tuple(ways),
        unknown=tuple(dict.fromkeys(filter(None, unknown))),
        family=families[0] if families else "",
        name=name.strip(),
        link=link.strip(),
        lines=lines,
    )
