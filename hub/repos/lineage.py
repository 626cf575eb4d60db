"""What a model says that it was made of, and what says that it was made of this model."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from accounts.actors import Actor
from hub.repos.children import PREFIX
from hub.repos.facets import Spread, spread
from hub.repos.lists import Wanted, list_repositories, listed
from hub.repos.models import Repository
from hub.repos.selectors import LARGE_COLUMNS, visible_to

RELATIONS = ("finetune", "adapter", "quantized", "merge")
UNSAID = ""
# So many of a card's bases are looked up, and so many that were made from a model are told.
BASES, TOLD = 20, 30


@dataclass(frozen=True)
class Base:
    """A base model by the name on the card; without a repository it is not here, for whoever asks."""

    name: str
    repository: Repository | None


@dataclass(frozen=True)
class Lineage:
    """`derived` has the most pulled ones by relation; `spread` says how many there are in all."""

    relation: str = UNSAID
    bases: list[Base] = field(default_factory=list)
    derived: dict[str, list[Repository]] = field(default_factory=dict)
    spread: Spread = field(default_factory=Spread)

    def __bool__(self) -> bool:
        return bool(self.bases or self.derived)


def lineage_of(actor: Actor, repository: Repository) -> Lineage:
    """The lineage of a model as the actor may see it; the work is bounded, also for a famous base."""
    if repository.kind != Repository.Kind.MODEL:
        return Lineage()
    wanted = Wanted(repository.kind, tags=[f"{PREFIX}{repository.full_name}"[:200]])
    page = list_repositories(actor, wanted, sort="downloads", limit=TOLD)
    derived: dict[str, list[Repository]] = {}
    for child in listed(actor, page.ids, columns={"card"}):
        derived.setdefault(_relation(child.card), []).append(child)
    return Lineage(
        _relation(repository.card),
        bases_of(actor, [repository]),
        {relation: derived[relation] for relation in (*RELATIONS, UNSAID) if relation in derived},
        spread(actor, wanted, sort="downloads") if derived else Spread(),
    )


def bases_of(actor: Actor, repositories: Sequence[Repository]) -> list[Base]:
    """What some models were made of, up to BASES that each names, as the actor may see them; one query."""
    names: list[str] = []
    for repository in repositories:
        tags = [tag for tag in repository.tags if tag.startswith(PREFIX)]
        names += [tag.removeprefix(PREFIX) for tag in tags][:BASES]
    here = named_and_seen(actor, names)
    return [Base(name, here.get(name.lower())) for name in names]


def named_and_seen(
    actor: Actor, names: Sequence[str], *, kind: str = Repository.Kind.MODEL
) -> dict[str, Repository]:
    """Models, or datasets, that the actor sees, by `namespace/name` in lower case, in one query."""
    wanted = _named(names)
    if not wanted:
        return {}
    found = visible_to(actor).filter(wanted, kind=kind).defer(*LARGE_COLUMNS)
    return {repository.full_name.lower(): repository for repository in found}


def names_seen(actor: Actor, names: Sequence[str]) -> set[str]:
    """Those of some names, in lower case, that are of a repository which the actor sees, in one query."""
    wanted = _named(names)
    rows = visible_to(actor).filter(wanted).values_list("namespace__name", "name") if wanted else ()
    return {f"{namespace}/{name}".lower() for namespace, name in rows}


def _named(names: Iterable[str]) -> Q:
    wanted = Q()
    for name in names:
        namespace, slash, rest = name.partition("/")
        if slash:
            wanted |= Q(namespace__name__iexact=namespace, name__iexact=rest)
    return wanted


def _relation(card: dict[str, Any]) -> str:
    """How the card says that it was made; what it does not say is not guessed."""
    said = card.get("base_model_relation")
    return said if said in RELATIONS else UNSAID
