"""What this hub does not serve answers like anything else that is not there."""

from rest_framework.request import Request
from rest_framework.response import Response

from hub.http.huggingface.base import HubView


class NotServed(HubView):
    """Every other address below /api, /oauth and /.well-known."""

    authentication_classes = ()

    def _answer(self, request: Request, **address: str) -> Response:
        """Not found, in this dialect's form."""
        response = Response({"error": "Not found"}, status=404)
        response["X-Error-Message"] = "Not found"
        return response

    get = head = post = put = patch = delete = _answer
