"""The card says one licence, the file holds another."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts, How, LicenceFile, Scope
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, declaration, named, stated


class AnotherText(Rule):
    """Only a whole, unchanged text counts. A file about the weights goes before one about everything.

    Further licences beside the declared one are no contradiction.
    """

    id = "L03"
    title = _("Card and file name different licences")
    severity = Severity.CONFLICT
    says = {"": _("The card says %(declared)s, %(path)s holds another text: %(licence)s.")}
    mends = {"": _("Declare the licence whose text is there, or replace the text.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        declared = {key for way in facts.statement.alternatives for key in way if key in book}
        meant = declared | {member for key in declared for member in book[key].members}
        files = self._files(facts)
        texts = {key for file in files for key in self._texts(file)}
        if not declared or not texts or meant & texts:
            return
        for file in files:
            for key in self._texts(file):
                card = declaration(book[key], facts) if key in book and len(texts) == 1 else None
                yield self.found(
                    f"{file.identity}:{key}",
                    evidence=[stated(facts), Evidence(file.path, licence=key)],
                    patch={"card": card} if card else None,
                    declared=named(declared, book),
                    path=file.path,
                    licence=book.name(key),
                )

    def _files(self, facts: Facts) -> list[LicenceFile]:
        own = Scope.DATA if facts.kind == "dataset" else Scope.WEIGHTS
        for scope in (own, Scope.ALL):
            found = [file for file in facts.files if file.role == "licence" and file.scope == scope]
            if any(self._texts(file) for file in found):
                return sorted(found, key=lambda file: file.path)
        return []

    def _texts(self, file: LicenceFile) -> list[str]:
        return sorted({found.key for found in file.found if found.how == How.EXACT})
