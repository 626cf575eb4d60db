"""Everything there is to say about a card to its author, before it is published (pure)."""

from hub.licensing.rules import judge, unknown_licences
from hub.repos.card_rules import Problem, problems_of
from hub.repos.cards import Card


def problems(card: Card, kind: str) -> list[Problem]:
    """Everything to say about a card; of one that cannot be read, only why."""
    unreadable = [Problem("", words, error=True) for words in card.problems]
    if unreadable:
        return unreadable
    licences = [Problem("license", words, error=True) for words in unknown_licences(card)]
    if not licences:
        licences = [
            Problem("license", f"{finding['message']} {finding['mend']}".strip())
            for finding in judge(card).findings
        ]
    return licences + problems_of(card, kind)
