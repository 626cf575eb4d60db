"""Who asks for the files behind a gate, for its admins: `/api/{kind}s/{id}/user-access-request/…`."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.access.policy import Action
from hub.errors import InvalidInput
from hub.gates.errors import AccessRequestNotFound
from hub.gates.selectors import asker_named, request_named, request_of, requests_of
from hub.gates.services import check_gated, decide, grant
from hub.http.huggingface.base import RepoView, json_object, text_field
from hub.http.huggingface.shapes_social import access_request
from hub.http.pagination import cursor_response, page_size, read_cursor
from hub.repos.gates import AccessRequest
from hub.repos.models import Repository

DEFAULT_LIMIT, MAX_LIMIT = 100, 1000
LARGEST_ID = 2**63 - 1


class GateView(RepoView):
    """A view of a repository that has a gate, for its admins."""

    def open_gated(self) -> Repository:
        """The repository; NotGated."""
        repository = self.open(Action.ADMIN)
        check_gated(repository)
        return repository


class AccessRequests(GateView):
    """`GET …/{pending|accepted|rejected}`."""

    def get(self, request: Request, status: str, **address: str) -> Response:
        """One page of the requests with that status, the newest first."""
        repository = self.open_gated()
        status = status_named(status)
        order = f"access:{repository.pk}:{status}"
        rows, onward = requests_of(
            repository,
            status,
            after=read_cursor(request, order=order),
            limit=page_size(request, default=DEFAULT_LIMIT, most=MAX_LIMIT),
        )
        return cursor_response(request, [access_request(row) for row in rows], onward, order=order)


class HandleRequest(GateView):
    """`POST …/handle`."""

    def post(self, request: Request, **address: str) -> Response:
        """Accept or reject a request, or set it back with the status "pending"; 404 when it is so already."""
        repository = self.open_gated()
        data = json_object(request)
        decide(
            request=self._named(repository, data),
            status=status_named(text_field(data, "status")),
            actor_user=self.user,
            reason=text_field(data, "rejectionReason", default=""),
        )
        return Response({})

    def _named(self, repository: Repository, data: dict) -> AccessRequest:
        """The request that the body names, by its user or its id."""
        user, id_ = (text_field(data, name, default="") for name in ("user", "requestId"))
        if bool(user) == bool(id_):
            raise InvalidInput("Name either user or requestId.", "user")
        if user:
            return request_named(repository, user)
        if not (id_.isascii() and id_.isdigit()) or int(id_[:20]) > LARGEST_ID:
            raise AccessRequestNotFound(f"{repository.full_name} has no such access request.")
        return request_of(repository, int(id_))


class GrantAccess(GateView):
    """`POST …/grant`."""

    def post(self, request: Request, **address: str) -> Response:
        """Let in a user who did not ask; 400 when they have access already."""
        repository = self.open_gated()
        user = asker_named(text_field(json_object(request), "user"))
        return Response(access_request(grant(repository=repository, user=user, actor_user=self.user)))


def status_named(text: str) -> str:
    """A status; InvalidInput for anything else."""
    if text not in AccessRequest.Status.values:
        raise InvalidInput(f"The status is one of {', '.join(AccessRequest.Status.values)}.", "status")
    return text
