"""The files of a revision, its history, and the refs."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput, TooMuch
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, is_true, json_object, text_field
from hub.http.links import endpoint
from hub.http.pagination import whole_number
from hub.http.parsers import FormParser, JsonParser
from hub.revisions.history import history
from hub.revisions.names import branch_ref, tag_ref
from hub.revisions.refs import create_branch, create_tag, delete_ref
from hub.revisions.selectors import Entry, find_entries, list_refs, list_tree, resolve_revision
from hub.scanning.selectors import files_status, still_to_come

PAGE = 1000
HISTORY_PAGE = 50
MAX_PATHS = 1000


class Tree(RepoView):
    """`GET /api/{kind}s/{id}/tree/{revision}[/{path}]`."""

    def get(self, request: Request, revision: str, path: str = "", **address: str) -> Response:
        """One page of a folder's entries, or of everything below it."""
        found = resolve_revision(self.open(), revision)
        query = request.query_params
        start = whole_number(query.get("cursor"), "cursor", 0, 10**9)
        limit = max(1, whole_number(query.get("limit"), "limit", PAGE, PAGE))
        entries = list_tree(found, path.strip("/"), recursive=is_true(query.get("recursive")))
        page = [shapes.tree_entry(entry) for entry in entries[start : start + limit]]
        if is_true(query.get("expand")):
            add_status(page, entries[start : start + limit])
        response = Response(page)
        response["X-Repo-Commit"] = found.commit
        if start + limit < len(entries):
            following = query.copy()
            following["cursor"] = str(start + limit)
            address_now = endpoint(request) + request._request.path_info
            response["Link"] = f'<{address_now}?{following.urlencode()}>; rel="next"'
        return response


class PathsInfo(RepoView):
    """`POST /api/{kind}s/{id}/paths-info/{revision}`, form-encoded."""

    parser_classes = (FormParser, JsonParser)

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """The entries at the paths that exist; the others are left out."""
        found = resolve_revision(self.open(), revision)
        data = request.data
        paths = data.getlist("paths") if hasattr(data, "getlist") else json_object(request).get("paths")
        if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
            raise InvalidInput("paths must be a list of texts.", "paths")
        if len(paths) > MAX_PATHS:
            raise TooMuch(f"Ask for at most {MAX_PATHS} paths at once.", "paths")
        entries = list(find_entries(found, [path.strip("/") for path in paths]).values())
        shape = [shapes.tree_entry(entry) for entry in entries]
        if is_true(str(data.get("expand", ""))):
            add_status(shape, entries)
        return Response(shape)


class Commits(RepoView):
    """`GET /api/{kind}s/{id}/commits/{revision}`."""

    def get(self, request: Request, revision: str, **address: str) -> Response:
        """One page of the history, newest first."""
        repository = self.open()
        found = resolve_revision(repository, revision)
        query = request.query_params
        limit = max(1, whole_number(query.get("limit"), "limit", HISTORY_PAGE, PAGE))
        rows = history(repository, found, limit=limit + 1, after=query.get("after") or None)
        shape = [shapes.commit(row) for row in rows[:limit]]
        if "formatted" in query.getlist("expand[]") + query.getlist("expand"):
            for item in shape:
                item["formatted"] = {"title": item["title"], "message": item["message"]}
        response = Response(shape)
        if len(rows) > limit:
            following = query.copy()
            following["after"] = rows[limit - 1].oid
            address_now = endpoint(request) + request._request.path_info
            response["Link"] = f'<{address_now}?{following.urlencode()}>; rel="next"'
        return response


class Refs(RepoView):
    """`GET /api/{kind}s/{id}/refs`."""

    def get(self, request: Request, **address: str) -> Response:
        """Branches, tags and, on request, pull requests."""
        repository = self.open()
        return Response(
            shapes.refs(list_refs(repository), pulls=is_true(request.query_params.get("include_prs")))
        )


class Branch(RepoView):
    """`POST` and `DELETE /api/{kind}s/{id}/branch/{name}`."""

    def post(self, request: Request, branch: str, **address: str) -> Response:
        """Create a branch at `startingPoint`, or at main."""
        repository = self.open(Action.WRITE)
        start = text_field(json_object(request), "startingPoint", default="") or None
        create_branch(repo=repository, name=branch, start=start, actor_user=self.user)
        return Response({})

    def delete(self, request: Request, branch: str, **address: str) -> Response:
        """Delete a branch."""
        delete_ref(repo=self.open(Action.WRITE), ref=branch_ref(branch), actor_user=self.user)
        return Response({})


class Tag(RepoView):
    """`POST /api/{kind}s/{id}/tag/{revision}` and `DELETE …/tag/{tag}`."""

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """Create a tag at a revision."""
        repository = self.open(Action.WRITE)
        name = text_field(json_object(request), "tag")
        create_tag(repo=repository, name=name, revision=revision, actor_user=self.user)
        return Response({})

    def delete(self, request: Request, revision: str, **address: str) -> Response:
        """Delete a tag."""
        delete_ref(repo=self.open(Action.WRITE), ref=tag_ref(revision), actor_user=self.user)
        return Response({})


def add_status(shape: list[dict], entries: list[Entry]) -> None:
    """Add what the scanners found to the files of a page, in one query."""
    status = files_status([entry.sha256 for entry in entries if entry.sha256 and entry.held])
    for item, entry in zip(shape, entries, strict=True):
        if entry.type == "file":
            item["securityFileStatus"] = status.get(entry.sha256 if entry.held else "") or still_to_come()
