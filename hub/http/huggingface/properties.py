"""What can be told of a repository: one table, property → JSON, for lists and for info.

The names are those of `ExpandModelProperty_T` and `ExpandDatasetProperty_T` in huggingface_hub 2.4.0.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict

from accounts.actors import Actor
from hub.access.policy import Action
from hub.access.services import may
from hub.compute.cards import base_models, model_index, paper_id, widget_data
from hub.compute.models import Facts
from hub.compute.selectors import facts_at, facts_of_heads
from hub.errors import InvalidInput
from hub.http.huggingface import shapes
from hub.http.huggingface.base import is_true
from hub.licensing.selectors import findings_at, latest_check
from hub.licensing.veils import names_of, veil_over
from hub.repos.children import children_counts
from hub.repos.models import Repository
from hub.revisions.overviews import card_at, paths_at_heads, paths_of, used_storage
from hub.revisions.selectors import Entry, Revision, list_tree
from hub.scanning.selectors import repository_status


@dataclass
class Context:
    """Repositories to be told of to one actor; what a property needs is loaded once for all.

    With a `revision` it is one repository at that commit; without one it is each at its head.
    """

    actor: Actor
    repositories: Sequence[Repository]
    revision: Revision | None = None
    blobs: bool = False

    @cached_property
    def facts(self) -> dict[int, Facts]:
        """What was computed of each repository's files, by its id."""
        if self.revision is None:
            return facts_of_heads(self.repositories)
        found = facts_at(self.revision.repository, self.revision.commit)
        return {found.repository_id: found} if found else {}

    @cached_property
    def cards(self) -> dict[int, dict[str, Any]]:
        """The front matter of each card; the catalogue has that of the head."""
        if self.revision is not None and self.revision.commit != self.revision.repository.head:
            return {self.revision.repository.pk: card_at(self.revision).data}
        return {repository.pk: repository.card for repository in self.repositories}

    @cached_property
    def files(self) -> list[Entry]:
        """The files of the revision, with where their bytes are."""
        return [entry for entry in list_tree(self._revision(), recursive=True) if entry.type == "file"]

    @cached_property
    def paths(self) -> dict[int, list[str] | None]:
        """The paths of each repository's files; None for one that has too many for a list."""
        if self.revision is None:
            return paths_at_heads(self.repositories)
        return {self.revision.repository.pk: paths_of(self.revision)}

    @cached_property
    def used(self) -> dict[int, int]:
        """The bytes of the distinct objects that each repository holds."""
        return used_storage(self.repositories)

    @cached_property
    def children(self) -> dict[int, int]:
        """How many models that the actor may see say that they come from each."""
        return children_counts(self.actor, self.repositories)

    def fact(self, repository: Repository, name: str) -> Any:
        """One of the computed facts; None while there is none."""
        found = self.facts.get(repository.pk)
        return getattr(found, name) if found else None

    def card(self, repository: Repository) -> dict[str, Any]:
        """The front matter of the card."""
        return self.cards[repository.pk]

    def _revision(self) -> Revision:
        if self.revision is None:
            raise InvalidInput("Only the info of one repository tells of this.", "expand")
        return self.revision


Property = Callable[[Repository, Context], Any]


def _sha(repository: Repository, context: Context) -> str:
    return context.revision.commit if context.revision else repository.head


def _last_modified(repository: Repository, context: Context) -> str:
    """Of the head, the time by which lists are sorted, which is a moment after the commit's own."""
    older = context.revision is not None and context.revision.commit != repository.head
    return shapes.timestamp(context.revision.committed_at if older else repository.updated_at)


def _siblings(repository: Repository, context: Context) -> list[dict[str, Any]] | None:
    if context.blobs:
        return [shapes.sibling(entry) for entry in context.files]
    paths = context.paths[repository.pk]
    return None if paths is None else [{"rfilename": path} for path in paths]


def _licence_check(repository: Repository, context: Context) -> dict[str, Any]:
    revision = context.revision
    if revision and revision.withheld and not may(context.actor, repository, Action.PULL_WITHHELD):
        return {"state": "withheld"}
    commit = _sha(repository, context)
    findings = findings_at(repository, commit)
    told = shapes.licence_check(latest_check(repository, commit), findings)
    return veil_over(context.actor, [repository], names_of(said=findings))(told)


def _fact(name: str) -> Property:
    return lambda repository, context: context.fact(repository, name)


def _of_card(read: Callable[[Mapping[str, Any]], Any]) -> Property:
    return lambda repository, context: read(context.card(repository))


def _empty(value: Any) -> Property:
    return lambda repository, context: value


SHARED: dict[str, Property] = {
    "author": lambda repository, context: repository.namespace.name,
    "cardData": lambda repository, context: context.card(repository),
    "createdAt": lambda repository, context: shapes.timestamp(repository.created_at),
    "disabled": lambda repository, context: repository.taken_down_at is not None,
    "downloads": lambda repository, context: repository.downloads,
    "downloadsAllTime": lambda repository, context: repository.downloads_all_time,
    "gated": lambda repository, context: repository.gated or False,
    "lastModified": _last_modified,
    "likes": lambda repository, context: repository.likes,
    "private": lambda repository, context: repository.private,
    "resourceGroup": _empty(None),
    "sha": _sha,
    "siblings": _siblings,
    "tags": lambda repository, context: repository.tags,
    "trendingScore": lambda repository, context: repository.trending,
    "usedStorage": lambda repository, context: context.used.get(repository.pk, 0),
}
TABLE: dict[str, dict[str, Property]] = {
    Repository.Kind.MODEL: SHARED
    | {
        "baseModels": _of_card(base_models),
        "childrenModelCount": lambda repository, context: context.children.get(repository.pk, 0),
        "config": _fact("config"),
        "evalResults": lambda repository, context: context.fact(repository, "evaluations") or [],
        "gguf": _fact("gguf"),
        # Nothing is served for inference here, and there are no spaces.
        "inference": _empty(None),
        "inferenceProviderMapping": _empty([]),
        "library_name": lambda repository, context: repository.library or None,
        "mask_token": lambda repository, context: context.fact(repository, "mask_token") or None,
        "model-index": _of_card(model_index),
        "pipeline_tag": lambda repository, context: repository.pipeline_tag or None,
        "safetensors": _fact("safetensors"),
        "spaces": _empty([]),
        "transformersInfo": _fact("transformers"),
        "widgetData": _of_card(widget_data),
    },
    Repository.Kind.DATASET: SHARED
    | {
        "citation": _empty(None),
        "description": lambda repository, context: repository.description or None,
        "mainSize": _fact("size"),
        "paperswithcode_id": _of_card(paper_id),
    },
}
# Told beside the table's names: by default, or when another parameter asks.
BESIDE: dict[str, Property] = {
    "modelId": lambda repository, context: repository.full_name,
    "licenceCheck": _licence_check,
    "securityRepoStatus": lambda repository, context: repository_status(context.files),
}
LISTED = (
    *("author", "sha", "lastModified", "createdAt", "private", "gated", "disabled", "tags"),
    *("downloads", "downloadsAllTime", "likes", "trendingScore"),
)
LISTED_OF = {
    Repository.Kind.MODEL: [*LISTED, "modelId", "library_name", "pipeline_tag"],
    Repository.Kind.DATASET: [*LISTED, "description"],
}
# What `full`, `cardData` and `config` add to a list.
FULL = {Repository.Kind.MODEL: ["siblings"], Repository.Kind.DATASET: ["siblings", "cardData"]}
INFO_OF = {
    Repository.Kind.MODEL: [
        *LISTED_OF[Repository.Kind.MODEL],
        *("cardData", "siblings", "usedStorage", "spaces", "model-index", "widgetData", "mask_token"),
        *("config", "transformersInfo", "safetensors", "gguf", "licenceCheck"),
    ],
    Repository.Kind.DATASET: [
        *LISTED_OF[Repository.Kind.DATASET],
        *("cardData", "siblings", "usedStorage", "citation", "paperswithcode_id", "licenceCheck"),
    ],
}
# Columns that a list does not load unless a property reads them.
COLUMNS = dict.fromkeys(("cardData", "baseModels", "model-index", "widgetData", "paperswithcode_id"), "card")


@dataclass(frozen=True)
class Selection:
    """The properties that a request asked for, in the order of the answer."""

    kind: str
    names: tuple[str, ...]
    blobs: bool = field(default=False)

    @classmethod
    def of_list(cls, kind: str, query: QueryDict) -> "Selection":
        """What a list asks for by `expand`, or by `full`, `cardData` and `config`; InvalidInput if wrong."""
        expanded = expanded_names(kind, query)
        if expanded is not None:
            return cls(kind, expanded)
        names = [*LISTED_OF[kind]]
        names += FULL[kind] if is_true(query.get("full")) else []
        names += ["cardData"] if is_true(query.get("cardData")) else []
        names += ["config"] if is_true(query.get("config")) and "config" in TABLE[kind] else []
        return cls(kind, tuple(dict.fromkeys(names)))

    @classmethod
    def of_info(cls, kind: str, query: QueryDict) -> "Selection":
        """What an info asks for by `expand`, `blobs` and `securityStatus`; InvalidInput names a bad one."""
        expanded = expanded_names(kind, query)
        names = [*(INFO_OF[kind] if expanded is None else expanded)]
        names += ["securityRepoStatus"] if is_true(query.get("securityStatus")) else []
        return cls(kind, tuple(names), is_true(query.get("blobs")))

    @property
    def columns(self) -> set[str]:
        """Which of the columns that lists leave out have to be loaded."""
        return {COLUMNS[name] for name in self.names if name in COLUMNS}

    def of(self, actor: Actor, repositories: Sequence[Repository]) -> list[dict[str, Any]]:
        """The rows of a list, with the same number of queries however many they are."""
        context = Context(actor, repositories)
        return [self._shape(repository, context) for repository in repositories]

    def at(self, actor: Actor, revision: Revision) -> dict[str, Any]:
        """One repository at a revision."""
        context = Context(actor, [revision.repository], revision, blobs=self.blobs)
        return self._shape(revision.repository, context)

    def _shape(self, repository: Repository, context: Context) -> dict[str, Any]:
        table = TABLE[self.kind] | BESIDE
        return {"_id": f"{repository.pk:024x}", "id": repository.full_name} | {
            name: table[name](repository, context) for name in self.names
        }


def expanded_names(kind: str, query: QueryDict) -> tuple[str, ...] | None:
    """The names in `expand`, each once; None without any; InvalidInput for one that the kind has not."""
    asked = query.getlist("expand")
    if not asked:
        return None
    unknown = [name for name in asked if name not in TABLE[kind]]
    if unknown:
        raise InvalidInput(
            f"expand does not know {unknown[0][:100]!r}, only {', '.join(sorted(TABLE[kind]))}.",
            "expand",
        )
    beside = [name for name in ("full", "cardData", "config") if is_true(query.get(name))]
    if beside:
        raise InvalidInput(f"expand cannot be used together with {', '.join(beside)}.", "expand")
    return tuple(dict.fromkeys(asked))
