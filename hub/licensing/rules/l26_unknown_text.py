"""Beside a licence that everybody knows stands a text that nobody does."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts, How, LicenceFile
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, all_read, named, stated
from hub.licensing.terms import declared_keys, own_files


class UnknownText(Rule):
    """It may be the declared licence in other words or another one; nothing is held against it."""

    id = "L26"
    title = _("A licence's text is not known here")
    severity = Severity.INFO
    says = {
        "": _("The card says %(declared)s; what %(path)s says is not known here."),
        "title": _("The card says %(declared)s; %(path)s is headed %(licence)s, its text is not known here."),
    }
    mends = {
        "": _("Add the text of %(declared)s unchanged, or say in the card what %(path)s holds."),
        "title": _("Add the text of %(declared)s unchanged, or say in the card what %(path)s holds."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        declared = declared_keys(facts, book)
        if not declared or not all_read(declared, book):
            return
        meant = frozenset().union(*facts.statement.alternatives)
        for file in own_files(facts):
            titles = sorted(self._only_headed(file) - meant)
            if file.found and not titles:
                continue
            yield self.found(
                file.identity,
                case="title" if titles else "",
                evidence=[Evidence(file.path, licence=titles[0] if titles else ""), stated(facts)],
                declared=named(declared, book),
                path=file.path,
                licence=named(titles, book),
            )

    def _only_headed(self, file: LicenceFile) -> set[str]:
        """The licences of which a file that holds no text of any has the title."""
        titles = {found.key for found in file.found if found.how == How.TITLE}
        return titles if len(titles) == len(file.found) else set()
