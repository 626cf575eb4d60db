"""Findings with their evidence, each piece with the way to where it is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from hub.http.web.addresses import page_of
from hub.http.web.licences import ShownFinding
from hub.http.web.visitors import visitor
from hub.licensing.books import Books
from hub.licensing.facts import UNKNOWN, Facts
from hub.licensing.findings import Evidence, Finding, Severity
from hub.licensing.lineage import DATASETS
from hub.licensing.selectors import Judged
from hub.licensing.words import SEVERITIES
from hub.repos.lineage import named_and_seen
from hub.repos.models import Repository

REVISION = "main"
LEVELS = {Severity.CONFLICT: "bad", Severity.WARNING: "wait", Severity.INFO: ""}
# Repositories by kind and by name in lower case.
Here = Mapping[tuple[str, str], Repository]
MODEL, DATASET = Repository.Kind.MODEL, Repository.Kind.DATASET


@dataclass(frozen=True)
class Link:
    """A piece of evidence; without an address the visitor has no way there."""

    words: str
    address: str = ""


@dataclass(frozen=True)
class Group:
    """The findings of one severity; `level` is how it is marked."""

    severity: str
    words: str | Promise
    level: str
    findings: Sequence[tuple[ShownFinding, Sequence[Sequence[Link]]]]


def here_of(request: HttpRequest, findings: Iterable[ShownFinding], judged: Judged | None) -> Here:
    """What is named on the page and the visitor sees; a query for models, and one for datasets."""
    names: dict[str, set[str]] = {MODEL: set(), DATASET: set()}
    for one in findings:
        names[_kind(one.finding)] |= {each.ancestor for each in one.finding.evidence}
    if judged:
        names[MODEL] |= {one.name for one in (*judged.facts.bases, *judged.facts.inherited)}
    return {
        (kind, name): repository
        for kind, wanted in names.items()
        for name, repository in named_and_seen(visitor(request), sorted(wanted), kind=kind).items()
    }


def _kind(finding: Finding) -> str:
    """What the ancestors in a finding's evidence are: models, or what one was trained on."""
    return DATASET if any(one.field == DATASETS for one in finding.evidence) else MODEL


def groups_of(
    repository: Repository,
    findings: Iterable[ShownFinding],
    here: Here,
    books: Books,
    *,
    pulls: bool,
) -> list[Group]:
    """The findings by severity, the gravest first, each with its evidence."""
    told: dict[Severity, list[tuple[ShownFinding, Sequence[Sequence[Link]]]]] = {}
    for one in findings:
        kind = _kind(one.finding)
        links = [_evidence(repository, each, here, kind, books, pulls=pulls) for each in one.finding.evidence]
        told.setdefault(one.finding.severity, []).append((one, links))
    order = sorted(told, key=lambda severity: -severity.rank)
    return [Group(str(each), SEVERITIES[each], LEVELS[each], told[each]) for each in order]


def _evidence(
    repository: Repository, one: Evidence, here: Here, kind: str, books: Books, *, pulls: bool
) -> list[Link]:
    """Where a piece of evidence is read: a line of a file, an ancestor, and the clause of a licence."""
    links = []
    if one.path or one.field:
        links.append(place_in(repository, one.path, one.field, one.line, pulls=pulls))
    if one.ancestor:
        known = here.get((kind, one.ancestor.lower()))
        links.append(Link(one.ancestor, page_of(known, "licence") if known else ""))
    if one.licence and one.licence != UNKNOWN:
        words = books.book.name(one.licence)
        if one.clause:
            words = _("%(licence)s, clause %(clause)s") % {"licence": words, "clause": one.clause}
        links.append(Link(words, reverse("licence", args=[one.licence]) + "#clauses" * bool(one.clause)))
    return links


def places_of(repository: Repository, facts: Facts, *, pulls: bool) -> dict[str, str]:
    """Where a repository itself names each of its licences: on its card, or else in a file."""
    found = {}
    for file in facts.files:
        for one in file.found:
            found.setdefault(one.key, place_in(repository, file.path, "", 0, pulls=pulls).address)
    line = facts.statement.lines.get("license", 0)
    card = place_in(repository, "README.md", "license", line, pulls=pulls).address
    return found | dict.fromkeys(frozenset().union(*facts.statement.alternatives), card)


def place_in(repository: Repository, path: str, field: str, line: int, *, pulls: bool) -> Link:
    """A line of a file, or the field of it that says something."""
    if not path:
        return Link(field)
    words = _("%(path)s, line %(line)d") % {"path": path, "line": line} if line else path
    words = f"{words} ({field})" if field else words
    address = page_of(repository, "blob", REVISION, path) if pulls else ""
    return Link(words, f"{address}?view=source#L{line}" if address and line else address)
