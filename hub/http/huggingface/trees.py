"""The files of a revision, its history, and the refs."""

from hashlib import sha256

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput, TooMuch
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, is_true, json_object, text_field
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.http.parsers import FormParser, JsonParser
from hub.revisions.changes import last_commits
from hub.revisions.history import commit_info, history
from hub.revisions.names import branch_ref, tag_ref
from hub.revisions.pages import tree_page
from hub.revisions.refs import create_branch, create_tag, delete_ref
from hub.revisions.selectors import Entry, Revision, find_entries, list_refs, resolve_revision
from hub.scanning.selectors import files_status

PAGE = 1000
EXPANDED_PAGE = 100
HISTORY_PAGE = 50
MAX_PATHS = 1000


class Tree(RepoView):
    """`GET /api/{kind}s/{id}/tree/{revision}[/{path}]`."""

    def get(self, request: Request, revision: str, path: str = "", **address: str) -> Response:
        """One page of a folder's entries, or of everything below it; its cursor keeps to the commit."""
        repository = self.open()
        path = path.strip("/")
        query = request.query_params
        recursive, expand = is_true(query.get("recursive")), is_true(query.get("expand"))
        # A cursor leads on in the same folder of the same repository, and in the way it was begun.
        order = f"tree {repository.pk} {digest(f'{revision} {path} {recursive}')}"
        commit, *position = read_cursor(request, order=order) or [revision]
        found = resolve_revision(repository, commit)
        most = EXPANDED_PAGE if expand else PAGE
        limit = page_size(request, default=most, most=most)
        entries, following = tree_page(found, path, position, limit=limit, recursive=recursive)
        page = [shapes.tree_entry(entry) for entry in entries]
        if expand:
            add_expanded(page, entries, found)
        response = cursor_response(
            request, page, None if following is None else [found.commit, *following], order=order
        )
        response["X-Repo-Commit"] = found.commit
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
        if len(paths) >= MAX_PATHS:
            raise TooMuch(f"Ask for fewer than {MAX_PATHS} paths at once.", "paths")
        entries = list(find_entries(found, [path.strip("/") for path in paths]).values())
        shape = [shapes.tree_entry(entry) for entry in entries]
        if is_true(str(data.get("expand", ""))):
            add_expanded(shape, entries, found)
        return Response(shape)


class Commits(RepoView):
    """`GET /api/{kind}s/{id}/commits/{revision}`."""

    def get(self, request: Request, revision: str, **address: str) -> Response:
        """One page of the history, newest first."""
        repository = self.open()
        found = resolve_revision(repository, revision)
        query = request.query_params
        limit = page_size(request, default=HISTORY_PAGE, most=PAGE)
        # What was listed first stays what is listed, also when the branch moves on.
        order = f"commits {repository.pk} {digest(revision)}"
        after = read_cursor(request, order=order)
        rows = history(repository, found, limit=limit + 1, after=after[0] if after else None)
        shape = [shapes.commit(row) for row in rows[:limit]]
        if "formatted" in query.getlist("expand[]") + query.getlist("expand"):
            for item in shape:
                item["formatted"] = {"title": item["title"], "message": item["message"]}
        following = [rows[limit - 1].oid] if len(rows) > limit else None
        return cursor_response(request, shape, following, order=order)


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


def digest(text: str) -> str:
    """A short text that stands for a long one in a cursor."""
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:16]


def add_expanded(shape: list[dict], entries: list[Entry], revision: Revision) -> None:
    """Add the last commit of each entry, and what the scanners found in the files, in a few queries."""
    commits = last_commits(revision.repository, revision.commit, entries)
    status = files_status(entries)
    for item, entry in zip(shape, entries, strict=True):
        item["lastCommit"] = shapes.last_commit(commit_info(commits[entry.path]))
        if entry.type == "file":
            item["securityFileStatus"] = status[entry.path]
