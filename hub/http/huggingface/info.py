"""What a repository is at a revision."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.http.huggingface.base import RepoView
from hub.http.huggingface.properties import Selection
from hub.revisions.selectors import resolve_revision


class RepositoryInfo(RepoView):
    """`GET /api/{kind}s/{id}[/revision/{revision}]`."""

    def get(self, request: Request, revision: str | None = None, **address: str) -> Response:
        """The repository at a revision: what `expand` names, or what is usual."""
        repository = self.open()
        selection = Selection.of_info(repository.kind, request.query_params)
        return Response(selection.at(self.actor, resolve_revision(repository, revision)))
