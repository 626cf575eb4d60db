"""Two of the models in a merge ask for what cannot both be kept."""

from collections.abc import Iterator
from itertools import combinations, product

from django.utils.translation import gettext_lazy as _

from hub.licensing.catalogue import Book, Licence
from hub.licensing.facts import Facts, Inherited
from hub.licensing.findings import Finding, Severity
from hub.licensing.rules.base import Rule, from_above
from hub.licensing.rules.l10_use_restrictions import limits
from hub.licensing.terms import of_bases

# An ancestor with its licence.
Origin = tuple[Inherited, Licence]


class Mixed(Rule):
    """Only where the model is made of several. What one of them asks by itself is for its own page; but where
    another asks one of the two as well, it stands between them.
    """

    id = "L14"
    title = _("Ancestors contradict each other")
    severity = Severity.CONFLICT
    says = {
        "": _(
            "%(first)s says %(one)s, %(second)s says %(other)s: what each asks of what is made of it "
            "cannot both be kept."
        ),
        "outputs": _(
            "%(first)s says %(one)s, which may not improve models of others; %(second)s is one, "
            "under %(other)s."
        ),
    }
    mends = {
        "": _(
            "Leave one of them out, or ask its authors for a permission and say in the card that you have it."
        ),
        "outputs": _(
            "Leave one of them out, or ask its authors for a permission and say in the card that you have it."
        ),
    }

    def look(self, facts: Facts, book: Book) -> Iterator[Finding]:
        if len({base.name.lower() for base in facts.bases if base.followed}) < 2:
            return
        for one, other in combinations(_origins(facts, book).values(), 2):
            apart = [pair for pair in product(one, other) if not _same(*pair)]
            if not apart:
                continue
            first, second = min(apart, key=_nearest)
            if contradict(first[1], second[1]):
                yield self._found("", first, second)
            elif one_sided := _outputs(first, second) or _outputs(second, first):
                yield self._found("outputs", *one_sided)

    def _found(self, case: str, first: Origin, second: Origin) -> Finding:
        return self.found(
            "+".join(sorted([first[1].id, second[1].id])),
            case=case,
            evidence=[from_above(*first, "relicense"), from_above(*second, "relicense")],
            meant={"first": first[0].identity, "second": second[0].identity},
            first=first[0].name,
            one=first[1].name,
            second=second[0].name,
            other=second[1].name,
        )


def _origins(facts: Facts, book: Book) -> dict[str, list[Origin]]:
    """Of each licence the two nearest from whom it comes, as far as that is known; with a third the pairs
    that stand apart are no others.
    """
    found: dict[str, list[Origin]] = {}
    lines = {*of_bases(facts), *facts.inherited}
    for one in sorted(lines, key=lambda one: (one.key, one.depth, one.name)):
        if one.key not in book or one.name.lower() == facts.name.lower():
            continue
        nearest, origin = found.setdefault(one.key, []), (one, book[one.key])
        if len(nearest) < 2 and not any(_same(each, origin) for each in nearest):
            nearest.append(origin)
    return found


def _same(first: Origin, second: Origin) -> bool:
    return first[0].name.lower() == second[0].name.lower()


def _nearest(pair: tuple[Origin, Origin]) -> tuple[int, str, str]:
    first, second = pair
    return first[0].depth + second[0].depth, first[0].name, second[0].name


def contradict(one: Licence, other: Licence) -> bool:
    """Whether no licence keeps what both ask: one wants only itself and its like, and the other is
    not like it or binds to more.
    """
    return _closed(one, other) or _closed(other, one)


def _closed(one: Licence, other: Licence) -> bool:
    if one.share_alike not in {"strong", "network"}:
        return False
    if other.share_alike in {"strong", "network"}:
        return not ({one.id, *one.compatible, *one.or_later} & {other.id, *other.compatible, *other.or_later})
    added = other.commercial == "no" and one.commercial != "no"
    return (
        added or limits(other) or other.share_alike == "agreement" or other.derivatives in {"private", "no"}
    )


def _outputs(first: Origin, second: Origin) -> tuple[Origin, Origin] | None:
    return (first, second) if first[1].outputs == "no_other_llm" else None
