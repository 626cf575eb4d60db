"""Change a history that is written already: squash a branch, list large files and delete them for good."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput, TooMuch
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, json_object, text_field
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.revisions.rewriting import delete_large_files, squash_history
from hub.revisions.selectors import list_large_files

PAGE = 100
MOST_PAGE = 1000
# The client deletes as many at once.
MAX_DELETIONS = 1000


class SuperSquash(RepoView):
    """`POST /api/{kind}s/{id}/super-squash/{branch}`."""

    def post(self, request: Request, branch: str, **address: str) -> Response:
        """Put one commit in the place of a branch's history."""
        repository = self.open(Action.WRITE)
        message = text_field(json_object(request), "message", default="")
        oid = squash_history(
            repo=repository,
            branch=branch,
            message=message or f"Squash the history of {branch}",
            actor_user=self.user,
        )
        return Response({"commitOid": oid})


class LargeFiles(RepoView):
    """`GET /api/{kind}s/{id}/lfs-files`."""

    def get(self, request: Request, **address: str) -> Response:
        """One page of the large files of all commits, newest first, for those who may write."""
        repository = self.open(Action.WRITE)
        limit = page_size(request, default=PAGE, most=MOST_PAGE)
        order = f"lfs-files {repository.pk}"
        after = read_cursor(request, order=order)
        rows = list_large_files(repository, limit=limit + 1, after=after[0] if after else None)
        following = [rows[limit - 1].pk] if len(rows) > limit else None
        page = [shapes.large_file(row) for row in rows[:limit]]
        return cursor_response(request, page, following, order=order)


class DeleteLargeFiles(RepoView):
    """`POST /api/{kind}s/{id}/lfs-files/batch`."""

    def post(self, request: Request, **address: str) -> Response:
        """Delete large files for good; like deleting a repository, it is for admins."""
        repository = self.open(Action.ADMIN)
        deletions = json_object(request).get("deletions")
        if not isinstance(deletions, dict) or not isinstance(deletions.get("sha"), list):
            raise InvalidInput("deletions must be an object with a list sha.", "deletions")
        rewrite = deletions.get("rewriteHistory", True)
        if not isinstance(rewrite, bool):
            raise InvalidInput("rewriteHistory must be true or false.", "rewriteHistory")
        if len(deletions["sha"]) > MAX_DELETIONS:
            raise TooMuch(f"Delete at most {MAX_DELETIONS} files at once.", "sha")
        deleted = delete_large_files(
            repo=repository, sha256s=deletions["sha"], rewrite_history=rewrite, actor_user=self.user
        )
        return Response({"deleted": deleted})
