"""Lists of models and datasets as `list_models` and `list_datasets` of huggingface_hub 2.4.0 ask for them."""

import json
import re
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response

from hub.errors import InvalidInput
from hub.http.huggingface.base import HubView
from hub.http.huggingface.properties import Selection
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.repos.lists import RELEVANCE, Wanted, list_repositories, listed
from hub.repos.models import Repository
from hub.repos.tags import tags_by_type

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
# Rows are told until they are so large together, in bytes of JSON; the rest is on the next page.
PAGE_BYTES = 4 * 1024 * 1024
# Rows with what may be large in each (a card has up to 128 KiB) are loaded so many at once.
STRETCH = 50
LARGE = frozenset(
    {"cardData", "config", "evalResults", "gguf", "model-index", "safetensors", "siblings", "widgetData"}
)
SORTS = {
    "lastModified": "updated",
    "createdAt": "created",
    "downloads": "downloads",
    "likes": "likes",
    "trendingScore": "trending",
}
# What nothing here has: apps that run a model, providers that serve it.
NOT_HERE = ("apps", "inference", "inference_provider")
COUNT = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([KMBT]?)", re.ASCII | re.IGNORECASE)
UNITS = {"": 1, "K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}


class RepositoryList(HubView):
    """`GET /api/models` and `/api/datasets`."""

    def get(self, request: Request, kind: str) -> Response:
        """One page of what the caller may see; `Link: rel="next"` leads to the next."""
        query = request.query_params
        wanted = wanted_from(kind, query)
        sort = sort_from(query)
        order = f"{kind}:{sort}"
        limit = page_size(request, default=DEFAULT_LIMIT, most=MAX_LIMIT)
        after = read_cursor(request, order=order)
        selection = Selection.of_list(kind, query)
        page = list_repositories(self.actor, wanted, sort=sort, after=after, limit=limit)
        rows, last = self._shapes(page.ids, selection)
        following = page.after if last is None else page.positions[last]
        return cursor_response(request, rows, following, order=order)

    def _shapes(self, ids: list[int], selection: Selection) -> tuple[list[dict[str, Any]], int | None]:
        """The rows as JSON, and at which of the ids they were too large already, if before the last one."""
        told: list[dict[str, Any]] = []
        size = 0
        stretch = STRETCH if LARGE.intersection(selection.names) else MAX_LIMIT
        for start in range(0, len(ids), stretch):
            rows = listed(self.actor, ids[start : start + stretch], columns=selection.columns)
            for row, shape in zip(rows, selection.of(self.actor, rows), strict=True):
                told.append(shape)
                size += len(json.dumps(shape))
                if size > PAGE_BYTES and row.pk != ids[-1]:
                    return told, ids.index(row.pk)
        return told, None


class TagsByType(HubView):
    """`GET /api/models-tags-by-type` and `/api/datasets-tags-by-type`."""

    def get(self, request: Request, kind: str) -> Response:
        """The tags of public repositories by their type, most frequent first, as of some minutes ago."""
        return Response(
            {
                type_: [{"id": tag, "label": tag.removeprefix(f"{type_}:"), "type": type_} for tag in tags]
                for type_, tags in tags_by_type(kind).items()
            }
        )


def wanted_from(kind: str, query: QueryDict) -> Wanted:
    """Which repositories a query asks for; InvalidInput names what makes no sense."""
    is_model = kind == Repository.Kind.MODEL
    return Wanted(
        kind=kind,
        search=" ".join(query.getlist("search")),
        author=query.get("author", ""),
        tags=[tag for tag in query.getlist("filter") if tag],
        pipeline_tag=query.get("pipeline_tag") or query.get("task") or "",
        gated={"true": True, "false": False}.get(_one_of(query, "gated", "true", "false")),
        commercial_use=_one_of(query, "commercial_use", "yes", "conditional"),
        licence_text=bool(_one_of(query, "licence_text", "true")),
        licence_clear=bool(_one_of(query, "licence_clear", "true")),
        parameters=_parameters(query.get("num_parameters")) if is_model else (None, None),
        impossible=is_model and any(query.get(name) for name in NOT_HERE),
    )


def sort_from(query: QueryDict) -> str:
    """The order a query asks for, by default how well a search matches; InvalidInput for one that is unknown.

    Clients before 1.0 say `direction=-1` beside it, which is the only direction there is.
    """
    if query.get("direction", "-1") not in ("-1", ""):
        raise InvalidInput("direction must be -1: lists begin with the largest.", "direction")
    asked = query.get("sort")
    if not asked:
        return RELEVANCE if query.get("search") else "updated"
    if asked not in SORTS:
        raise InvalidInput(f"sort must be one of {', '.join(SORTS)}.", "sort")
    return SORTS[asked]


def _one_of(query: QueryDict, name: str, *values: str) -> str:
    """What is chosen of some values, "" for nothing."""
    text = query.get(name) or ""
    if text and text not in values:
        raise InvalidInput(f"{name} must be {' or '.join(values)}.", name)
    return text


def _parameters(text: str | None) -> tuple[int | None, int | None]:
    """Least and most from `min:6B,max:128B`, of which one may be missing."""
    found: dict[str, int] = {}
    for part in (text or "").split(",") if text else []:
        name, _, number = part.strip().partition(":")
        count = COUNT.fullmatch(number)
        if name not in ("min", "max") or name in found or count is None:
            raise InvalidInput("num_parameters must be like min:6B,max:128B.", "num_parameters")
        found[name] = min(int(float(count[1]) * UNITS[count[2].upper()]), 2**63 - 1)
    return found.get("min"), found.get("max")
