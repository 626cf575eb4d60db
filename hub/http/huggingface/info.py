"""What a repository is: lists, info at a revision."""

from urllib.parse import urlencode

from rest_framework.request import Request
from rest_framework.response import Response

from hub.errors import InvalidInput
from hub.http.huggingface.base import HubView, RepoView
from hub.http.huggingface.properties import Selection
from hub.http.links import endpoint
from hub.http.pagination import page_size, whole_number
from hub.repos.selectors import SORTS, search_repositories
from hub.revisions.selectors import resolve_revision

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
SORT_NAMES = {
    "lastModified": "updated",
    "createdAt": "created",
    "downloads": "downloads",
    "likes": "likes",
    "trendingScore": "downloads",
}


class RepositoryList(HubView):
    """`GET /api/models` and `/api/datasets`."""

    def get(self, request: Request, kind: str) -> Response:
        """One page of what the caller may see; `Link: rel="next"` leads to the next."""
        query = request.query_params
        limit = page_size(request, default=DEFAULT_LIMIT, most=MAX_LIMIT)
        offset = whole_number(query.get("offset"), "offset", 0, 10**9)
        sort = SORT_NAMES.get(query.get("sort", "lastModified"))
        if sort is None or sort not in SORTS:
            raise InvalidInput(f"sort must be one of {', '.join(SORT_NAMES)}.", "sort")
        selection = Selection.of_list(kind, query)
        rows, more = search_repositories(
            self.actor,
            kind=kind,
            search=query.get("search", ""),
            author=query.get("author") or None,
            tags=query.getlist("filter") or None,
            pipeline_tag=query.get("pipeline_tag") or None,
            sort=sort,
            offset=offset,
            limit=limit,
            columns=selection.columns,
        )
        response = Response(selection.of(self.actor, rows))
        if more:
            response["Link"] = f'<{self._next(offset + limit)}>; rel="next"'
        return response

    def _next(self, offset: int) -> str:
        query = self.request.query_params.copy()
        query["offset"] = str(offset)
        return f"{endpoint(self.request)}{self.request.path}?{urlencode(list(query.lists()), doseq=True)}"


class RepositoryInfo(RepoView):
    """`GET /api/{kind}s/{id}[/revision/{revision}]`."""

    def get(self, request: Request, revision: str | None = None, **address: str) -> Response:
        """The repository at a revision: what `expand` names, or what is usual."""
        repository = self.open()
        selection = Selection.of_info(repository.kind, request.query_params)
        return Response(selection.at(self.actor, resolve_revision(repository, revision)))
