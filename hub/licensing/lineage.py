"""Which models the licences of others come down to: the edges, and which repository a name stands for."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db.models.functions import Upper

from accounts.models import Namespace
from hub.compute.models import Facts
from hub.licensing.facts import Base
from hub.licensing.models import LicenceEdge
from hub.licensing.reading import LONGEST_NAME, Read
from hub.repos.models import FormerAddress, Repository

# Of an edge: a name in lower case, and the path and field that give it.
Key = tuple[str, str, str]
DATASETS = "datasets"
# What transformers notes of where a model was loaded from is often a former name of the model itself: it is
# told, and nothing comes down by it.
HINT = "_name_or_path"
RELATIONS = {"adapter_config.json": "adapter", ".gguf": "quantized", ".yml": "merge", ".yaml": "merge"}


def named_by_files(commits: Mapping[int, str]) -> dict[int, list[Base]]:
    """The bases that files beside the card name, of commits by their repository; one query."""
    rows = Facts.objects.filter(repository__in=list(commits), commit__in=set(commits.values()))
    return {
        pk: [
            Base(each["name"][:LONGEST_NAME], _relation(each["path"]), each["path"], each["field"])
            for each in said
        ]
        for pk, commit, said in rows.values_list("repository", "commit", "bases")
        if commits[pk] == commit
    }


def _relation(path: str) -> str:
    return next((relation for end, relation in RELATIONS.items() if path.endswith(end)), "")


def wanted_edges(repository: Repository, read: Read, by_files: Iterable[Base]) -> dict[Key, Base]:
    """The edges from a repository; what its card names is not told again of other files."""
    own = repository.full_name.lower()
    on_card = {base.name.lower() for base in read.bases}
    others = [base for base in by_files if base.name.lower() not in on_card]
    lines = read.statement.lines
    datasets = [Base(name, field=DATASETS, line=lines.get(DATASETS, 0)) for name in read.datasets]
    bases = [base for base in (*read.bases, *others) if base.name.lower() != own]
    return {(base.name.lower(), base.path, base.field): base for base in (*bases, *datasets)}


def kind_of(edge: LicenceEdge) -> str:
    """What kind of repository an edge leads to."""
    return Repository.Kind.DATASET if edge.field == DATASETS else Repository.Kind.MODEL


def repositories_named(wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """Repositories by kind and `namespace/name` in lower case, also by former addresses; three queries."""
    split = {(kind, *name.lower().split("/")) for kind, name in wanted if name.count("/") == 1}
    if not split:
        return {}
    spaces = dict(
        Namespace.objects.annotate(key=Upper("name"))
        .filter(key__in={space.upper() for _, space, _ in split})
        .values_list("pk", "name")
    )
    rows = (
        Repository.objects.annotate(key=Upper("name"))
        .filter(namespace__in=spaces, key__in={name.upper() for _, _, name in split})
        .values_list("kind", "namespace_id", "name", "pk")
    )
    former = (
        FormerAddress.objects.annotate(space_key=Upper("namespace"), key=Upper("name"))
        .filter(
            space_key__in={space.upper() for _, space, _ in split},
            key__in={name.upper() for _, _, name in split},
        )
        .values_list("kind", "namespace", "name", "repository_id")
    )
    found = {(kind, f"{space}/{name}".lower()): pk for kind, space, name, pk in former}
    found |= {(kind, f"{spaces[space]}/{name}".lower()): pk for kind, space, name, pk in rows}
    return {key: pk for key, pk in found.items() if key in wanted}


def children_of(bases: Collection[int], *, after: int, limit: int) -> list[int]:
    """Up to `limit` models, by id after `after`, that were made of one of these; by index alone."""
    rows = LicenceEdge.objects.filter(base__in=list(bases), child__gt=after).order_by("child")
    return list(rows.values_list("child", flat=True).distinct()[:limit])


def with_children(bases: Collection[int]) -> set[int]:
    """Those of some repositories that others were made of."""
    rows = LicenceEdge.objects.filter(base__in=bases).order_by()
    return set(rows.values_list("base", flat=True).distinct())


def waiting_for(name: str, *, after: int, limit: int) -> list[int]:
    """Up to `limit` models, by id after `after`, that name a base which was not here so far."""
    rows = LicenceEdge.objects.filter(base=None, name=name.lower(), child__gt=after).order_by("child")
    return list(rows.values_list("child", flat=True).distinct()[:limit])


def edges_of(children: Collection[int]) -> Mapping[int, list[LicenceEdge]]:
    """The edges from each of some models to its bases."""
    found: dict[int, list[LicenceEdge]] = defaultdict(list)
    for edge in LicenceEdge.objects.filter(child__in=children).order_by("child", "name", "path"):
        found[edge.child_id].append(edge)
    return found


def replace_edges(wanted: Mapping[int, Mapping[Key, Base]]) -> None:
    """Make the edges of each model those that its files name now; what was known of one that stays is kept.

    The caller has locked the models' standings.
    """
    before = edges_of(wanted)
    new, changed, gone = [], [], []
    for child, named in wanted.items():
        # A base that another file names from now on is the same one.
        was = {edge.name: edge.was for edge in before.get(child, []) if edge.was is not None}
        kept = {(edge.name, edge.path, edge.field): edge for edge in before.get(child, [])}
        gone += [edge.pk for key, edge in kept.items() if key not in named]
        for key, base in named.items():
            edge = kept.get(key)
            if edge is None:
                name, path, field = key
                edge = LicenceEdge(child_id=child, name=name, path=path, field=field, was=was.get(name))
                new.append(edge)
            elif (edge.spelled, edge.relation, edge.line) != (base.name, base.relation, base.line):
                changed.append(edge)
            edge.spelled, edge.relation, edge.line = base.name, base.relation, base.line
    if gone:
        LicenceEdge.objects.filter(pk__in=gone).delete()
    LicenceEdge.objects.bulk_create(new)
    LicenceEdge.objects.bulk_update(changed, ["spelled", "relation", "line"], batch_size=500)
