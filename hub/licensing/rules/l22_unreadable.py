"""The card cannot be read."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule


class Unreadable(Rule):
    """What is wrong is told as the reader of cards says it."""

    id = "L22"
    title = _("The card cannot be read")
    severity = Severity.WARNING
    of_the_statement = True
    says = {"": _("What the card says of its licence cannot be read. %(problem)s")}
    mends = {"": _("Correct the front matter of README.md.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        if facts.problem:
            yield self.found(evidence=[Evidence("README.md")], problem=facts.problem)
