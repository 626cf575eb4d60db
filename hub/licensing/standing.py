"""Where repositories stand: their terms with all that comes down to them, and what is to be said of them.

Everything here works on several repositories at once, in a number of queries that does not depend on how
many they are: a base of many thousands is followed by stretches of its derivatives.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from hub.licensing.around import NEEDED, Around, look_around
from hub.licensing.books import current_books
from hub.licensing.facts import UNKNOWN
from hub.licensing.keeping import keep_findings
from hub.licensing.labels import label
from hub.licensing.lineage import (
    edges_of,
    named_by_files,
    replace_edges,
    repositories_named,
    wanted_edges,
)
from hub.licensing.models import LicenceCheck, LicenceEdge, LicenceStanding
from hub.licensing.reading import Read
from hub.licensing.records import from_json
from hub.licensing.rules import RULES_VERSION, judge
from hub.licensing.terms import Terms, effective, flow, holds_text, own_keys
from hub.repos.models import Repository

# Of a digest so many characters are of what is handed down, the others of the change.
CONTENT = 40
KEPT = (
    "commit",
    "rules",
    "own",
    "inherited",
    "keys",
    "flow",
    "terms",
    "digest",
    "told",
    "seen",
    "stood_at",
)


@dataclass(frozen=True)
class Stood:
    """The new digests of those that hand down other terms now, or are seen by others.

    `bases` are the digests of what was read around them, `loose` the names that led nowhere then.
    """

    changed: dict[int, str] = field(default_factory=dict)
    bases: dict[int, str] = field(default_factory=dict)
    loose: frozenset[tuple[str, str]] = frozenset()

    @property
    def outdated(self) -> bool:
        """Whether a base changed or came after it was read, and before this was kept: nobody told it then."""
        rows = LicenceStanding.objects.filter(pk__in=self.bases).values_list("pk", "digest")
        return dict(rows) != self.bases or bool(repositories_named(self.loose))


@transaction.atomic
def restand(ids: Collection[int]) -> Stood:
    """Work out anew where some repositories stand.

    Their standings are locked in the order of their ids before anything around them is read, so that of two
    at once the second sees what the first kept; the repositories themselves are written last, and held for
    no longer than that. One whose head was not checked yet is left alone.
    """
    standings = _locked(ids)
    repositories = _repositories(standings)
    reads = _reads(repositories)
    around = _surroundings(repositories, reads)
    books, now = current_books(), timezone.now()
    changed: dict[int, str] = {}
    terms: dict[int, Terms] = {}
    texts: set[int] = set()
    findings = {}
    for pk, read in reads.items():
        facts = around.facts_of(repositories[pk], read)
        own = own_keys(facts, books.book)
        terms[pk], findings[pk] = effective(facts, books.book), judge(facts, books.book)
        if holds_text(facts):
            texts.add(pk)
        standing = standings[pk]
        standing.commit, standing.rules, standing.stood_at = repositories[pk].head, RULES_VERSION, now
        standing.own, standing.terms = sorted(own), terms[pk].as_json()
        standing.inherited = [[each.key, each.name, each.depth] for each in facts.inherited]
        standing.keys = sorted({*own, *read.keys, *(each.key for each in facts.inherited)})
        handed = flow(own, repositories[pk].full_name, facts.inherited, repository=pk)
        standing.flow = [[each.key, each.name, each.depth, each.repository] for each in handed]
        standing.seen = seen_as(repositories[pk])
        handed_down = json.dumps([standing.own, standing.flow, standing.seen])
        content = hashlib.sha256(handed_down.encode()).hexdigest()[:CONTENT]
        if content != standing.digest[:CONTENT]:
            # Each change is told apart, also from the one before the last, which some below may not know of.
            standing.digest = changed[pk] = f"{content}-{token_hex(8)}"
            standing.told = ""
    LicenceStanding.objects.bulk_update([standings[pk] for pk in reads], KEPT, batch_size=500)
    clear = keep_findings({repositories[pk]: found for pk, found in findings.items()})
    _show(repositories, terms, texts, clear)
    label(repositories, reads)
    return Stood(changed, {pk: row.digest for pk, row in around.standings.items()}, around.loose)


def seen_as(repository: Repository) -> str:
    """Under which name a repository is seen, by whom, and whether it has a gate: what others say of it."""
    shown = "taken down" if repository.taken_down_at else repository.visibility
    return f"{shown} {repository.gated} {repository.full_name}"


def _locked(ids: Collection[int]) -> dict[int, LicenceStanding]:
    """The standings of those repositories that are still there, locked."""
    alive = keep_from_deletion(ids)
    LicenceStanding.objects.bulk_create(
        [LicenceStanding(repository_id=pk) for pk in alive], ignore_conflicts=True
    )
    rows = LicenceStanding.objects.filter(pk__in=alive).order_by("pk").select_for_update()
    return {row.pk: row for row in rows}


def keep_from_deletion(ids: Collection[int]) -> list[int]:
    """Keep repositories from being deleted until the transaction ends; those that are still there.

    It holds up no commit to them.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM hub_repository WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(ids)]
        )
        return [pk for (pk,) in cursor.fetchall()]


def _repositories(ids: Collection[int]) -> dict[int, Repository]:
    rows = Repository.objects.filter(pk__in=list(ids)).select_related("namespace").only(*NEEDED)
    return {row.pk: row for row in rows}


def _reads(repositories: Mapping[int, Repository]) -> dict[int, Read]:
    """What the heads of those say that were checked."""
    rows = LicenceCheck.objects.filter(repository__in=list(repositories), commit=F("repository__head"))
    return {row.repository_id: from_json(row.read) for row in rows}


def _surroundings(repositories: Mapping[int, Repository], reads: Mapping[int, Read]) -> Around:
    """What surrounds the repositories, with their edges as their files name them now, and kept so."""
    by_files = named_by_files({pk: repositories[pk].head for pk in reads})
    replace_edges(
        {pk: wanted_edges(repositories[pk], read, by_files.get(pk, ())) for pk, read in reads.items()}
    )
    edges = edges_of(reads)
    before = {edge.pk: (edge.base_id, edge.was) for of_one in edges.values() for edge in of_one}
    around = look_around(edges)
    for edge in (edge for of_one in edges.values() for edge in of_one):
        standing = around.standings.get(edge.base_id or 0)
        if edge.was is None and standing and standing.own and UNKNOWN not in standing.own:
            edge.was = standing.own
    LicenceEdge.objects.bulk_update(
        [edge for of_one in edges.values() for edge in of_one if before[edge.pk] != (edge.base_id, edge.was)],
        ["base", "was"],
        batch_size=500,
    )
    return around


def _show(
    repositories: Mapping[int, Repository],
    terms: Mapping[int, Terms],
    texts: Collection[int],
    clear: Collection[int],
) -> None:
    """Note on the repositories what lists are narrowed by, where it changed."""
    changed = []
    for pk in sorted(terms):
        repository = repositories[pk]
        now = (terms[pk].row("commercial").answer, pk in texts, pk in clear)
        if now != (repository.commercial_use, repository.licence_text, repository.licence_clear):
            repository.commercial_use, repository.licence_text, repository.licence_clear = now
            changed.append(repository)
    Repository.objects.bulk_update(
        changed, ["commercial_use", "licence_text", "licence_clear"], batch_size=500
    )
