"""What there is to say about a card to its author, before it is published (pure)."""

from hub.licensing.catalogue import Book, built_in
from hub.licensing.declared import declared_by
from hub.licensing.facts import UNKNOWN, Facts, Statement
from hub.licensing.rules import judge_statement
from hub.licensing.words import told
from hub.repos.card_rules import Problem, problems_of
from hub.repos.cards import Card

# Whoever wrote such a name meant one that tools know: the card should not be published so.
MISSPELLED = "L23"


def problems(card: Card, kind: str) -> list[Problem]:
    """Everything to say about a card; of one that cannot be read, only why."""
    unreadable = [Problem("", words, error=True) for words in card.problems]
    if unreadable:
        return unreadable
    found = judge_statement(card_facts(card, built_in(), kind=kind), built_in())
    licences = [
        Problem("license", str(told(one)), error=one.rule == MISSPELLED and one.case != "name")
        for one in found
    ]
    return licences + problems_of(card, kind)


def card_facts(card: Card | None, book: Book, *, name: str = "", kind: str = "model") -> Facts:
    """What a card alone says; None is none."""
    if card is None:
        return Facts(name, kind, has_card=False)
    statement = stated_by(card, book)
    lost = (words for words in card.problems if "license" in words or "front matter" in words)
    return Facts(name, kind, problem="" if statement.written else next(lost, ""), statement=statement)


def stated_by(card: Card, book: Book) -> Statement:
    """The statement of a card: what it lets one choose from, or everything that applies together."""
    declared = declared_by(card)
    keys, unknown = declared.keys, declared.unknown
    if declared.operator == "or":
        ways = tuple(frozenset({key}) for key in keys)
    else:
        ways = (frozenset({*keys, UNKNOWN} if unknown else keys),) if keys else ()
    if not keys and not unknown and declared.name:
        unknown = (declared.name,)
    return Statement(
        written=declared.written,
        alternatives=ways,
        unknown=unknown,
        family=next((key for key in keys if key in book and book[key].family), ""),
        name=declared.name,
        link=declared.link,
    )
