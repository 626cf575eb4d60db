"""What it was trained on is under terms of its own."""

from collections.abc import Iterator

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.facts import Dataset, Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.rules.base import Rule, named


class Datasets(Rule):
    """Never a conflict: whether a licence of data reaches the weights is disputed."""

    id = "L15"
    title = _("The licence of training data")
    severity = Severity.INFO
    says = {
        "noncommercial": _(
            "It was trained on %(dataset)s, which says %(licence)s: no commercial use. "
            "Whether that reaches the weights is disputed."
        ),
        "no-derivatives": _(
            "It was trained on %(dataset)s, which says %(licence)s: no changed versions. "
            "Whether that reaches the weights is disputed."
        ),
        "share-alike": _(
            "It was trained on %(dataset)s, which says %(licence)s: the same licence for what is made of it. "
            "Whether that reaches the weights is disputed."
        ),
        "unknown": _("It was trained on %(dataset)s, whose licence is not known."),
        "away": _("It was trained on %(dataset)s, which is not here; its licence is not known."),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        for dataset in facts.datasets:
            case = self._case(dataset, book)
            if case:
                yield self.found(
                    dataset.identity,
                    case=case,
                    evidence=[
                        Evidence("README.md", "datasets", facts.statement.lines.get("datasets", 0)),
                        *(Evidence(ancestor=dataset.name, licence=key) for key in sorted(dataset.keys)),
                    ],
                    meant={"dataset": dataset.identity},
                    dataset=dataset.name,
                    licence=named(dataset.keys, book),
                )

    def _case(self, dataset: Dataset, book: Book) -> str:
        licences = [book.get(key) for key in sorted(dataset.keys)]
        if not dataset.seen:
            return "away"
        read = [licence for licence in licences if licence and licence.read]
        asked = next((case for case, asks in ASKED.items() if any(map(asks, read))), "")
        # Of a family, too, nobody knows which licence applies.
        return asked or ("" if licences and read == licences else "unknown")


def _shared(licence: Licence) -> bool:
    return licence.share_alike in {"strong", "network", "data"}


ASKED = {
    "noncommercial": lambda licence: licence.commercial == "no",
    "no-derivatives": lambda licence: licence.derivatives in {"private", "no"},
    "share-alike": _shared,
}
