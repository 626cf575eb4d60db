"""A licence that this hub knows and other tools do not."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import OTHER, Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, declaration, stated


class NotAnId(Rule):
    """Cards name it beside `other`."""

    id = "L24"
    title = _("A name where an id belongs")
    severity = Severity.INFO
    of_the_statement = True
    says = {"": _('%(licence)s is known, but tools only find it under its name beside "license: other".')}
    mends = {"": _('Write "license: other", "license_name: %(id)s" and a "license_link".')}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        if facts.statement.written.strip().lower() == OTHER:
            return
        for key in sorted({key for way in facts.statement.alternatives for key in way}):
            licence = book.get(key)
            if licence and licence.declared_as_other:
                card = declaration(licence, facts)
                if facts.statement.link:
                    del card["license_link"]
                yield self.found(
                    key, evidence=[stated(facts)], patch={"card": card}, licence=licence.name, id=key
                )
