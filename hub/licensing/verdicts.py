"""What can be said of a card's statement in one word."""

from hub.licensing.catalogue import OTHER
from hub.licensing.facts import Facts
from hub.licensing.models import LicenceCheck
from hub.licensing.rules.l05_other_unnamed import lacking_beside_other

Verdict = LicenceCheck.Verdict


def verdict(facts: Facts) -> Verdict:
    """Whether the licence that the card states is known, unknown, missing, or not stated in full."""
    statement = facts.statement
    if not statement.written:
        return Verdict.INVALID if facts.problem else Verdict.MISSING
    if lacking_beside_other(facts):
        return Verdict.INVALID
    return Verdict.KNOWN if statement.alternatives and not statement.unknown else Verdict.UNKNOWN


def declared_as(facts: Facts) -> str:
    """The licence in the words of the card: the name beside `other`, where there is one."""
    statement = facts.statement
    other = statement.written.strip().lower() == OTHER
    return statement.name if other and statement.name else statement.written
