"""Some licences want the name of what is made of it to begin with theirs."""

import re
from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book
from hub.licensing.facts import Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule
from hub.licensing.terms import ancestry


class Name(Rule):
    """Letter case and what stands between words do not count: Llama-3, llama3 and Llama 3 are one."""

    id = "L12"
    title = _("The name does not begin as an ancestor's licence wants it")
    severity = Severity.WARNING
    says = {"": _("%(base)s says %(licence)s: the name of what is made of it begins with “%(prefix)s”.")}
    mends = {"": _("Rename the model so that its name begins with “%(prefix)s”; old links keep working.")}

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        name = _plain(facts.name.rpartition("/")[2])
        for above in ancestry(facts):
            licence = book.get(above.key)
            for duty in licence.duties if licence else ():
                if duty.kind == "name_prefix" and not name.startswith(_plain(duty.text)):
                    yield self.found(
                        duty.text,
                        evidence=[Evidence(ancestor=above.name, licence=above.key, clause=duty.clause)],
                        meant={"base": above.identity},
                        base=above.name,
                        licence=licence.name,
                        prefix=duty.text,
                    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
