"""Reads of licences: where a repository stands, and what a commit says."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Case, IntegerField, Value, When

from hub.licensing.around import look_around
from hub.licensing.books import Books, current_books
from hub.licensing.facts import Facts
from hub.licensing.findings import Finding
from hub.licensing.lineage import named_by_files, wanted_edges
from hub.licensing.models import LicenceCheck, LicenceEdge, LicenceFinding, LicenceStanding
from hub.licensing.reading import Read, read_commit
from hub.licensing.records import as_json, from_json
from hub.licensing.rules import judge
from hub.licensing.terms import Terms, effective
from hub.licensing.verdicts import verdict
from hub.repos.models import Repository
from hub.revisions.selectors import Revision, resolve_revision

GRAVEST_FIRST = Case(
    When(severity="conflict", then=Value(0)),
    When(severity="warning", then=Value(1)),
    default=Value(2),
    output_field=IntegerField(),
)
# For how many seconds that is remembered which was read of a commit without a check.
REMEMBERED = 24 * 60 * 60


@dataclass(frozen=True)
class Judged:
    """What is to be said of one commit, with its ancestors as they are now."""

    verdict: str
    facts: Facts
    terms: Terms
    findings: tuple[Finding, ...]


def latest_check(repository: Repository, commit: str | None = None) -> LicenceCheck | None:
    """The check of a commit, by default of the newest one; None while there is none."""
    return LicenceCheck.objects.filter(repository=repository, commit=commit or repository.head).first()


def standing_of(repository: Repository) -> LicenceStanding | None:
    """Where a repository's head stands; None while nobody has looked."""
    return LicenceStanding.objects.filter(repository=repository).exclude(commit="").first()


def standings_of(repositories: Collection[Repository]) -> dict[int, LicenceStanding]:
    """The same for several, by id, in one query."""
    rows = LicenceStanding.objects.filter(repository__in=[row.pk for row in repositories]).exclude(commit="")
    return {row.pk: row for row in rows}


def findings_of(repositories: Collection[Repository]) -> dict[int, list[LicenceFinding]]:
    """What is to be said of the heads of repositories and not resolved, the gravest first, in one query."""
    found: dict[int, list[LicenceFinding]] = {row.pk: [] for row in repositories}
    rows = LicenceFinding.objects.filter(repository__in=list(found)).exclude(state="resolved")
    for row in rows.select_related("answered_by").order_by(GRAVEST_FIRST, "key"):
        found[row.repository_id].append(row)
    return found


def findings_at(repository: Repository, commit: str) -> list[dict[str, Any]]:
    """What is to be said of a commit, as JSON: of the head what is kept, of others what is judged now."""
    if commit == repository.head:
        return [row.said for row in findings_of([repository])[repository.pk]]
    judged = judged_at(resolve_revision(repository, commit))
    return [finding.as_json() for finding in judged.findings] if judged else []


def finding_of(repository: Repository, key: str) -> LicenceFinding | None:
    """One finding that is not resolved; None without it."""
    rows = LicenceFinding.objects.filter(repository=repository, key=key)
    return rows.exclude(state="resolved").first()


def judged_at(revision: Revision) -> Judged | None:
    """What is to be said of any commit of a repository; None while one of its files is being verified.

    What the worker read is used; what nobody has read yet is read now, which a few small files bound, and
    remembered for a day.
    """
    repository = revision.repository
    books = current_books()
    check = latest_check(repository, revision.commit)
    read = from_json(check.read) if check else _read(revision, books)
    if read is None:
        return None
    around = look_around({repository.pk: _edges(repository, read, revision.commit)})
    facts = around.facts_of(repository, read)
    return Judged(verdict(facts), facts, effective(facts, books.book), judge(facts, books.book))


def _read(revision: Revision, books: Books) -> Read | None:
    """What a commit says, as it was read with these licences in mind; not of one whose texts are withheld."""
    key = f"licence:{revision.repository.pk}:{revision.commit}:{books.stamp}"
    if revision.withheld:
        return read_commit(revision, books)
    kept = cache.get(key)
    if kept is not None:
        return from_json(kept)
    read = read_commit(revision, books)
    if read is not None:
        cache.set(key, as_json(read), REMEMBERED)
    return read


def _edges(repository: Repository, read: Read, commit: str) -> list[LicenceEdge]:
    """The edges as the commit's files name them, which are not kept unless it is the head."""
    by_files = named_by_files({repository.pk: commit}).get(repository.pk, ())
    wanted = wanted_edges(repository, read, by_files)
    return [
        LicenceEdge(
            child=repository,
            name=name,
            spelled=base.name,
            path=path,
            field=field,
            relation=base.relation,
            line=base.line,
        )
        for (name, path, field), base in sorted(wanted.items())
    ]
