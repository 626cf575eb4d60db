"""What a repository is: lists, info at a revision."""

from urllib.parse import urlencode

from rest_framework.request import Request
from rest_framework.response import Response

from hub.errors import InvalidInput
from hub.http.huggingface import shapes
from hub.http.huggingface.base import HubView, RepoView, is_true
from hub.http.links import endpoint
from hub.http.pagination import page_size, whole_number
from hub.licensing.selectors import latest_check
from hub.repos.selectors import SORTS, search_repositories
from hub.revisions.selectors import list_tree, resolve_revision
from hub.scanning.selectors import repository_status

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
        )
        response = Response([shapes.summary(row) for row in rows])
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
        """The repository at a revision, with its files, checks, and on request their sizes and ids."""
        repository = self.open()
        found = resolve_revision(repository, revision)
        files = [entry for entry in list_tree(found, recursive=True) if entry.type == "file"]
        shape = shapes.info(repository, found, files, blobs=is_true(request.query_params.get("blobs")))
        shape["licenceCheck"] = shapes.licence_check(latest_check(repository, found.commit))
        if is_true(request.query_params.get("securityStatus")):
            shape["securityRepoStatus"] = repository_status(files)
        return Response(shape)
