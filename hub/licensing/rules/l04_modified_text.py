"""The text of a known licence, changed."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts, How, Role, Scope
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule


class ModifiedText(Rule):
    """Whoever reads its name expects the text that everybody knows. What others wrote for a part of it is
    theirs.
    """

    id = "L04"
    title = _("A licence's text is changed")
    severity = Severity.WARNING
    says = {"": _("%(path)s is %(similarity)s %% the text of %(licence)s, but not the same.")}
    mends = {"": _("Use the text unchanged, or give the licence a name of its own.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for file in facts.files:
            changed = [found for found in file.found if found.how == How.MODIFIED]
            if file.role != Role.LICENCE or file.scope == Scope.PART or not changed:
                continue
            nearest = min(changed, key=lambda found: (-found.similarity, found.key))
            yield self.found(
                file.identity,
                evidence=[Evidence(file.path, licence=nearest.key)],
                path=file.path,
                licence=book.name(nearest.key),
                # Rounded down: what is not the same is nowhere told to be 100 % it.
                similarity=f"{int(nearest.similarity)}",
            )
