"""Nothing says what may be done with it."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import UNKNOWN, Facts, How
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, declaration, named
from hub.licensing.terms import detected, own_files


class NoLicence(Rule):
    """Where a file holds one, the card can say so."""

    id = "L01"
    title = _("No licence is declared")
    severity = Severity.WARNING
    of_the_statement = True
    says = {
        "card": _("There is no README.md and no licence. Without one nobody may use it in most countries."),
        "": _("The card declares no licence. Without one nobody may use it in most countries."),
        "file": _("The card declares no licence, %(path)s holds one: %(licence)s."),
        "text": _("The card declares no licence; which one %(path)s holds is not known."),
    }
    mends = {
        "card": _('Add one with a line such as "license: apache-2.0" between the two lines --- at its head.'),
        "": _(
            'Write a line such as "license: apache-2.0" between the two lines --- at the head of README.md.'
        ),
        "file": _("Declare it, so that people and tools find it."),
        "text": _("Declare it, so that people and tools find it."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        if facts.statement.written.strip().lower() not in {"", UNKNOWN} or facts.problem:
            return
        exact = sorted({one.key for one in detected(facts) if one.how == How.EXACT and one.key in book})
        texts = sorted(own_files(facts), key=lambda file: file.path)
        if exact:
            holding = [file for file in texts if any(one.key in exact for one in file.found)]
            path = holding[0].path
            patch = {"card": declaration(book[exact[0]], facts)} if len(exact) == 1 else None
            evidence = [Evidence(path, licence=exact[0]), Evidence("README.md", "license")]
            about, licence = " ".join(file.identity for file in holding), named(exact, book)
            yield self.found(about, case="file", evidence=evidence, patch=patch, path=path, licence=licence)
        elif texts:
            about, path = " ".join(file.identity for file in texts), texts[0].path
            yield self.found(about, case="text", evidence=[Evidence(path)], path=path)
        else:
            evidence = [Evidence("README.md", "license" if facts.has_card else "")]
            yield self.found(case="" if facts.has_card else "card", evidence=evidence)
