"""Who the caller is, and the calls that the client makes on its own before anything else."""

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.selectors import memberships_of
from hub.access.grants import places_of
from hub.access.policy import Action
from hub.http.authentication import INVALID
from hub.http.huggingface import shapes
from hub.http.huggingface.base import HubView, RepoView


class WhoAmI(HubView):
    """`GET /api/whoami-v2`."""

    def get(self, request: Request) -> Response:
        """The caller's name, organisations and token; 401 for nobody."""
        if not self.actor.is_authenticated:
            raise AuthenticationFailed(INVALID)
        memberships, scope = memberships_of(self.user), self.actor.scope
        if scope is None:
            return Response(shapes.whoami(self.actor, memberships, {}))
        granted = [one for one in memberships if scope.role_in(one.organisation_id)]
        return Response(shapes.whoami(self.actor, granted, places_of(self.user, scope.grants)))


class AuthCheck(RepoView):
    """`GET /api/{kind}s/{id}/auth-check[/write]`."""

    # The client promises GatedRepoError to whoever could not download.
    action = Action.PULL

    def get(self, request: Request, **address: str) -> Response:
        """Nothing, if the caller may pull, or write."""
        self.open(self.action)
        return Response({})


class AgentHarnesses(HubView):
    """`GET /api/agent-harnesses`: the client asks once a day which tools it may be running in."""

    authentication_classes = ()

    def get(self, request: Request) -> Response:
        """None that this hub treats differently."""
        return Response({"standardEnvVars": [], "harnesses": {}})


def telemetry(request: HttpRequest, topic: str) -> HttpResponse:
    """`HEAD /api/telemetry/…`: nothing is kept."""
    return HttpResponse(status=204)
