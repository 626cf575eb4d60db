"""The commit itself."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from rest_framework.request import Request
from rest_framework.response import Response

from contributions.pulls.proposing import propose
from contributions.pulls.services import PREFIX, open_head
from hub.access.policy import Action
from hub.errors import InvalidInput
from hub.http.huggingface import shapes
from hub.http.huggingface.base import RepoView, is_true, text_field
from hub.http.huggingface.commit_body import read_commit
from hub.http.links import endpoint
from hub.repos.models import Repository
from hub.revisions.names import branch_ref
from hub.revisions.operations import Operation
from hub.revisions.selectors import Revision, resolve_revision
from hub.revisions.services import land_commit
from storage.contents import Spool


class Commit(RepoView):
    """`POST /api/{kind}s/{id}/commit/{revision}`: one JSON object a line, read as it arrives."""

    parser_classes = ()

    def post(self, request: Request, revision: str, **address: str) -> Response:
        """Land one commit and say where it is."""
        repository = self.open(writing(request, revision))
        if revision.startswith(PREFIX) and not for_pull_request(request):
            # Refused before the body is read; asked once more when the commit lands.
            open_head(repository=repository, actor=self.actor, ref=revision)
        with Spool() as spool:
            header, operations = read_commit(request._request, spool)
            said = {
                "summary": text_field(header, "summary", default=""),
                "description": text_field(header, "description", default=""),
            }
            parent = text_field(header, "parentCommit", default="") or None
            if for_pull_request(request):
                return self._open_pull(repository, revision, parent, operations, said)
            ref, base = target(resolve_revision(repository, revision))
            oid = land_commit(
                repo=repository,
                actor_user=self.user,
                ref=ref,
                operations=operations,
                parent=parent,
                base=base,
                opening=partial(self._head, repository, ref) if ref.startswith(PREFIX) else None,
                **said,
            )
        return Response(shapes.commit_landed(endpoint(request), repository, oid))

    def _head(self, repository: Repository, ref: str) -> str:
        """The ref of a pull request, which is held while the commit lands."""
        return open_head(repository=repository, actor=self.actor, ref=ref, hold=True).head_ref

    def _open_pull(
        self,
        repository: Repository,
        revision: str,
        start: str | None,
        operations: Iterator[Operation],
        said: dict[str, str],
    ) -> Response:
        """Open a pull request to a branch with this commit, or answer with the same one that is open."""
        pull, oid = propose(
            repository=repository,
            actor=self.actor,
            operations=operations,
            target=branch_ref(revision.removeprefix("refs/heads/")),
            start=start,
            **said,
        )
        host = endpoint(self.request)
        address = {"pullRequestUrl": host + quote(pull.discussion.url_path)}
        return Response(shapes.commit_landed(host, repository, oid) | address)


def for_pull_request(request: Request) -> bool:
    """Whether the client wants a pull request opened for what it sends."""
    return is_true(request.query_params.get("create_pr"))


def writing(request: Request, revision: str) -> Action:
    """What somebody must be allowed to who sends files: less for a pull request than for a branch."""
    proposes = for_pull_request(request) or revision.startswith(PREFIX)
    return Action.BRING if proposes else Action.WRITE


def target(revision: Revision) -> tuple[str, str]:
    """The ref to move and the head it was read at; a tag or a commit id cannot be committed to."""
    ref = revision.ref
    if ref is None or not ref.startswith(("refs/heads/", "refs/pr/")):
        raise InvalidInput("A commit goes to a branch, not to a tag or another commit.", "revision")
    return ref, revision.commit
