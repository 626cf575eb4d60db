"""A base had another licence when this model was made of it."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, named


class ChangedLicence(Rule):
    """What was given under the old one may still be used under it."""

    id = "L21"
    title = _("A base's licence has changed since")
    severity = Severity.INFO
    says = {"": _("%(base)s said %(was)s when this model was made of it, now it says %(now)s.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for base in facts.bases:
            if base.was is not None and base.was != base.keys:
                yield self.found(
                    base.identity,
                    evidence=[Evidence(base.path, base.field, base.line, base.name)],
                    meant={"base": base.identity},
                    base=base.name,
                    was=named(base.was, book),
                    now=named(base.keys, book),
                )
