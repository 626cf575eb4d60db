"""`other` says nothing by itself: the name and a way to the text must stand beside it."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import OTHER, Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, stated
from hub.licensing.terms import own_files


class OtherUnnamed(Rule):
    """A licence file is as good as a link to one."""

    id = "L05"
    title = _("“other” without a name or a text")
    severity = Severity.WARNING
    of_the_statement = True
    says = {"": _('The card says "license: other" without %(lacking)s.')}
    mends = {
        "": _("Name the licence with license_name, and give its text's address or file with license_link.")
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        lacking = lacking_beside_other(facts)
        if lacking:
            yield self.found(evidence=[stated(facts)], lacking=", ".join(lacking))


def lacking_beside_other(facts: Facts) -> list[str]:
    """The fields that `license: other` needs and does not have; none where it is not declared."""
    if facts.statement.written.strip().lower() != OTHER:
        return []
    text = facts.statement.link or own_files(facts)
    return ["license_name"] * (not facts.statement.name) + ["license_link"] * (not text)
