"""What there is to say about a card to its author, before it is published (pure)."""

from collections.abc import Mapping

from hub.licensing.catalogue import Book
from hub.licensing.declared import stated_by
from hub.licensing.facts import Facts
from hub.licensing.rules import judge_statement
from hub.licensing.words import told
from hub.repos.card_rules import Problem, problems_of
from hub.repos.cards import Card

# Whoever wrote such a name meant one that tools know: the card should not be published so.
MISSPELLED = "L23"


def problems(card: Card, kind: str, book: Book) -> list[Problem]:
    """Everything to say about a card; of one that cannot be read, only why."""
    unreadable = [Problem("", words, error=True) for words in card.problems]
    if unreadable:
        return unreadable
    found = judge_statement(card_facts(card, book, kind=kind), book)
    licences = [
        Problem("license", str(told(one)), error=one.rule == MISSPELLED and one.case != "name")
        for one in found
    ]
    return licences + problems_of(card, kind)


def card_facts(
    card: Card | None, book: Book, *, kind: str = "model", lines: Mapping[str, int] | None = None
) -> Facts:
    """What a card alone says, with the lines on which its fields begin; None is none."""
    if card is None:
        return Facts("", kind, has_card=False)
    statement = stated_by(card, book, lines)
    lost = (words for words in card.problems if "license" in words or "front matter" in words)
    return Facts("", kind, problem="" if statement.written else next(lost, ""), statement=statement)
