"""The name of a family says which licences it may be, not which it is."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts, How
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, declaration, stated
from hub.licensing.terms import detected


class Family(Rule):
    """Where a file has the text of one of them, that one is meant."""

    id = "L06"
    title = _("A family of licences")
    severity = Severity.INFO
    of_the_statement = True
    says = {"": _("%(licence)s: that is a family, which does not say which licence of it applies.")}
    mends = {"": _("Declare the exact licence, with its version.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        family = book.get(facts.statement.family)
        if family is None:
            return
        texts = {found.key for found in detected(facts) if found.how == How.EXACT}
        meant = sorted(texts & set(family.members))
        patch = {"card": declaration(book[meant[0]], facts)} if len(meant) == 1 else None
        yield self.found(family.id, evidence=[stated(facts)], patch=patch, licence=family.name)
