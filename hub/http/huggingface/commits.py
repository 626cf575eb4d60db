"""The commit itself."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, is_true, text_field
from hub.http.huggingface.commit_body import read_commit
from hub.http.links import endpoint
from hub.revisions.selectors import Revision, resolve_revision
from hub.revisions.services import land_commit
from storage.contents import Spool


class Commit(RepoView):
    """`POST /api/{kind}s/{id}/commit/{revision}`: one JSON object a line, read as it arrives."""

    parser_classes = ()

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """Land one commit and say where it is."""
        repository = self.open(Action.WRITE)
        no_pull_request(request)
        ref, base = target(resolve_revision(repository, revision))
        with Spool() as spool:
            header, operations = read_commit(request._request, spool)
            oid = land_commit(
                repo=repository,
                actor_user=self.user,
                ref=ref,
                operations=operations,
                summary=text_field(header, "summary", default=""),
                description=text_field(header, "description", default=""),
                parent=text_field(header, "parentCommit", default="") or None,
                base=base,
            )
        return Response(shapes.commit_landed(endpoint(request), repository, oid))


def no_pull_request(request: Request) -> None:
    """Refuse what would open a pull request."""
    if is_true(request.query_params.get("create_pr")):
        raise InvalidInput("This hub does not open pull requests; commit to a branch.", "create_pr")


def target(revision: Revision) -> tuple[str, str]:
    """The ref to move and the head it was read at; a tag or a commit id cannot be committed to."""
    ref = revision.ref
    if ref is None or not ref.startswith(("refs/heads/", "refs/pr/")):
        raise InvalidInput("A commit goes to a branch, not to a tag or another commit.", "revision")
    return ref, revision.commit
