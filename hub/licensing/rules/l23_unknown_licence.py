"""The card names a licence that nobody here knows."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import OTHER, Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, stated

# To find the nearest known id takes a millisecond, and a card has room for thousands.
MOST_TOLD = 20


class UnknownLicence(Rule):
    """An id has to be one that tools know; a name beside `other` may be anything."""

    id = "L23"
    title = _("A licence that is not known here")
    severity = Severity.WARNING
    of_the_statement = True
    says = {
        "": _("“%(written)s” is not a licence this hub knows."),
        "nearest": _("“%(written)s” is not a licence this hub knows: did you mean %(nearest)s?"),
        "name": _("“%(written)s” is not a licence this hub knows; read its text before you use the model."),
    }
    mends = {
        "": _('Write "license: other" with license_name and license_link.'),
        "nearest": _('Otherwise write "license: other" with license_name and license_link.'),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        statement = facts.statement
        other = statement.written.strip().lower() == OTHER
        for written in statement.unknown[:MOST_TOLD]:
            if other:
                evidence = [stated(facts, "license_name")]
                yield self.found(
                    written, case="name", severity=Severity.INFO, evidence=evidence, written=written
                )
                continue
            nearest = next(iter(book.nearest(written)), "")
            yield self.found(
                written[:100],
                case="nearest" if nearest else "",
                evidence=[stated(facts)],
                written=written,
                nearest=nearest,
            )
