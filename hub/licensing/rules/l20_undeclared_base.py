"""A file names a base that the card does not."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.compute.bases import OTHERS
from hub.licensing.catalogue import Book
from hub.licensing.facts import Base, Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule


class UndeclaredBase(Rule):
    """What the card does not say nobody finds; a mere hint may also be only where somebody kept files."""

    id = "L20"
    title = _("The card does not name a base")
    severity = Severity.WARNING
    says = {"": _("%(path)s names %(base)s as a base, the card does not.")}
    mends = {"": _("Add it to base_model in the card.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        declared = {base.name.lower() for base in facts.bases if base.declared}
        named: dict[str, list[Base]] = {}
        for base in facts.bases:
            if base.name.lower() not in {*declared, facts.name.lower(), OTHERS}:
                named.setdefault(base.name.lower(), []).append(base)
        for bases in named.values():
            first = min(bases, key=lambda base: (base.path, base.field, base.line, base.name))
            yield self.found(
                first.identity,
                severity=None if any(base.followed for base in bases) else Severity.INFO,
                evidence=sorted(Evidence(base.path, base.field, base.line, base.name) for base in bases),
                patch={"append": {"base_model": first.name}},
                meant={"base": first.identity},
                path=first.path,
                base=first.name,
            )
