"""What surrounds repositories: where their edges lead, as everybody who sees the repository may know it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from hub.licensing.facts import UNKNOWN, Base, Dataset, Facts, Inherited
from hub.licensing.lineage import DATASETS, HINT, kind_of, repositories_named
from hub.licensing.models import LicenceEdge, LicenceStanding
from hub.licensing.reading import Read
from hub.licensing.terms import inherit
from hub.repos.models import Repository

NEEDED = (
    *("namespace__name", "namespace__kind", "name", "kind"),
    *("visibility", "gated", "taken_down_at", "head"),
    *("commercial_use", "licence_text", "licence_clear", "licence", "tags"),
)
NOBODY_KNOWS = frozenset({UNKNOWN})


@dataclass
class Around:
    """Edges by the repository that they come from; where they lead, and how that stands, by id."""

    edges: Mapping[int, list[LicenceEdge]] = field(default_factory=dict)
    repositories: Mapping[int, Repository] = field(default_factory=dict)
    standings: Mapping[int, LicenceStanding] = field(default_factory=dict)

    @property
    def loose(self) -> frozenset[tuple[str, str]]:
        """Kinds and names that led nowhere."""
        every = (edge for of_one in self.edges.values() for edge in of_one)
        return frozenset((kind_of(edge), edge.name) for edge in every if edge.base_id is None)

    def facts_of(self, repository: Repository, read: Read) -> Facts:
        """All that the rules look at, with what comes down to a repository."""
        edges = self.edges.get(repository.pk, [])
        bases = [self._base(repository, edge) for edge in edges if edge.field != DATASETS]
        datasets = [self._dataset(repository, edge) for edge in edges if edge.field == DATASETS]
        facts = read.facts(repository.full_name, repository.kind, bool(repository.gated), bases, datasets)
        followed = [edge for edge in edges if edge.field not in (DATASETS, HINT)]
        return replace(facts, inherited=inherit([self._handed_down(repository, edge) for edge in followed]))

    def _seen(self, child: Repository, edge: LicenceEdge) -> Repository | None:
        """Where an edge leads, if all who see the child see it: what is public, or of the same people."""
        found = self.repositories.get(edge.base_id or 0)
        if found is None or found.taken_down_at is not None:
            return None
        beside = child.private and child.namespace_id == found.namespace_id
        return found if beside or not found.private else None

    def _base(self, child: Repository, edge: LicenceEdge) -> Base:
        named = Base(
            edge.spelled,
            edge.relation,
            edge.path,
            edge.field,
            edge.line,
            seen=False,
            keys=NOBODY_KNOWS,
            followed=edge.field != HINT,
        )
        found = self._seen(child, edge)
        if found is None:
            return named
        was = frozenset(edge.was) if edge.was is not None else None
        return replace(
            named,
            name=found.full_name,
            seen=True,
            keys=self._own(found),
            gated=bool(found.gated) and named.followed,
            was=was,
            repository=found.pk,
        )

    def _dataset(self, child: Repository, edge: LicenceEdge) -> Dataset:
        found = self._seen(child, edge)
        if found is None:
            return Dataset(edge.spelled, NOBODY_KNOWS, seen=False)
        return Dataset(found.full_name, self._own(found), repository=found.pk)

    def _own(self, repository: Repository) -> frozenset[str]:
        standing = self.standings.get(repository.pk)
        return frozenset(standing.own) if standing and standing.own else NOBODY_KNOWS

    def _handed_down(self, child: Repository, edge: LicenceEdge) -> list[Inherited]:
        """What comes down by an edge; something unknown where the base, or what it says, is not known."""
        found = self._seen(child, edge)
        standing = self.standings.get(found.pk) if found else None
        if found is None:
            return [Inherited(UNKNOWN, edge.spelled, 1)]
        if standing is None or not standing.flow:
            return [Inherited(UNKNOWN, found.full_name, 1, found.pk)]
        return [Inherited(*each) for each in standing.flow]


def look_around(edges: Mapping[int, list[LicenceEdge]]) -> Around:
    """Where edges lead, which is noted on them; two queries, and four more if some lead nowhere yet."""
    every = [edge for of_one in edges.values() for edge in of_one]
    rows = Repository.objects.select_related("namespace").only(*NEEDED)
    here = {row.pk: row for row in rows.filter(pk__in={edge.base_id for edge in every if edge.base_id})}
    loose = [edge for edge in every if edge.base_id not in here]
    named = repositories_named({(kind_of(edge), edge.name) for edge in loose})
    for edge in loose:
        edge.base_id = named.get((kind_of(edge), edge.name))
    if named:
        here |= {row.pk: row for row in rows.filter(pk__in=set(named.values()))}
    standings = LicenceStanding.objects.filter(pk__in=here).only("own", "flow", "digest")
    return Around(edges, here, {row.pk: row for row in standings})
