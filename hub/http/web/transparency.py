"""The page that tells everybody how moderation works, in rounded numbers."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from contributions.moderation.transparency import UNDECIDED, Counts, numbers, period_of, periods
from contributions.moderation.vocabulary import AppealKind, AppealState, Cause, Effect, Source, SubjectKind

LABELS = {
    "bySubject": (_("What cases are about"), SubjectKind),
    "byCause": (_("What is said to be wrong"), Cause),
    "bySource": (_("Where cases come from"), Source),
    "byOutcome": (_("What came of them"), Effect),
}


@dataclass(frozen=True)
class Table:
    """Counts with their words, the most first; `few` are the words of those that are not told."""

    heading: str
    rows: list[tuple[str, int]]
    few: list[str]


@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """Show the numbers of a year, a quarter or all time."""
    period = period_of(request.GET.get("period", ""))
    found = numbers(period)
    tables = [
        _table(heading, found["cases"][name], dict(words.choices))
        for name, (heading, words) in LABELS.items()
    ]
    tables.append(_table(_("Where flags come from"), found["flags"]["bySource"], dict(Source.choices)))
    tables.append(_table(_("What flags say is wrong"), found["flags"]["byCause"], dict(Cause.choices)))
    for kind, counts in found["appeals"].items():
        tables.append(_table(HEADS[kind], counts, dict(AppealState.choices)))
    context = {"period": period, "periods": periods(), "numbers": found, "tables": tables}
    return render(request, "web/transparency.html", context)


HEADS = {
    AppealKind.APPEAL: _("Appeals, and what came of them"),
    AppealKind.COUNTER_NOTICE: _("Counter-notices, and what came of them"),
}


def _table(heading: str, counts: Counts, words: dict[str, str]) -> Table:
    words = words | {UNDECIDED: _("Not decided yet")}
    told = [(words[name], count) for name, count in counts.items() if count is not None]
    few = [words[name] for name, count in counts.items() if count is None]
    return Table(heading, sorted(told, key=lambda row: -row[1]), few)
