"""Passes to the chunk storage: `/api/{kind}s/{id}/xet-read-token/{revision}` and `…/xet-write-token/…`.

hf_xet reads the JSON, the Python client the headers (huggingface_hub/utils/_xet.py).
"""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.downloads.services import count
from hub.http.callers import caller_of
from hub.http.huggingface.base import RepoView
from hub.http.huggingface.commits import writing
from hub.http.links import endpoint
from hub.http.xet.passes import Pass, ending, signed
from hub.repos.models import Repository
from hub.revisions.selectors import resolve_revision
from storage.xet.selectors import current_epoch

# What the client writes when it knows no revision, because a commit is to open a pull request.
NO_REVISION = "None"


class TokenView(RepoView):
    """What both kinds share."""

    def answer(self, repository: Repository, *, writes: bool) -> Response:
        """The pass in both forms.

        The address of the storage says which epoch it is, by which clients keep apart what they remember of
        it: they never name chunks that were given up since.
        """
        actor = self.actor
        shown = Pass(
            user_id=actor.user.pk if actor.user else None,
            token_id=actor.token.pk if actor.token else None,
            repository_id=repository.pk,
            writes=writes,
            ends=ending(),
        )
        text, address = signed(shown), f"{endpoint(self.request)}/cas/e{current_epoch()}"
        response = Response({"accessToken": text, "exp": shown.ends, "casUrl": address})
        response["X-Xet-Access-Token"] = text
        response["X-Xet-Token-Expiration"] = str(shown.ends)
        response["X-Xet-Cas-Url"] = address
        response["Cache-Control"] = "private, no-store"
        return response


class ReadToken(TokenView):
    """`GET /api/{kind}s/{id}/xet-read-token/{revision}`."""

    def get(self, request: Request, revision: str, **address: str) -> Response:
        """A pass to read the repository's files in chunks."""
        repository = self.open(Action.PULL)
        if revision != NO_REVISION:
            commit = resolve_revision(repository, revision).commit
            # A snapshot's files that come in chunks are not asked for one by one: this is all that is told.
            if "X-HF-Download-Counter" in request.headers:
                caller = caller_of(request._request, self.actor)
                count(repository_id=repository.pk, commit=commit, caller=caller)
        return self.answer(repository, writes=False)


class WriteToken(TokenView):
    """`GET /api/{kind}s/{id}/xet-write-token/{revision}`."""

    def get(self, request: Request, revision: str, **address: str) -> Response:
        """A pass to bring files to the repository in chunks."""
        repository = self.open(writing(request, revision))
        if revision != NO_REVISION:
            resolve_revision(repository, revision)
        return self.answer(repository, writes=True)
