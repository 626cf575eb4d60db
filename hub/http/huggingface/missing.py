"""What this hub does not serve answers like anything else that is not there."""

import re

from rest_framework.request import Request
from rest_framework.response import Response

from hub.http.huggingface.base import HubView

# What clients take for a repository, so that they are told of it as of one that is missing: those of kinds
# that this hub has not, and those named without an owner, as some hubs name their oldest.
_BELOW = (
    "auth-check|branch|commit|commits|lfs-files|paths-info|preupload|resolve|revision|super-squash|tag|tree"
)
NO_REPOSITORIES = {
    re.compile(r"/(?:api/)?(?:spaces|buckets|kernels)/"): "This hub has models and datasets only.",
    re.compile(rf"/api/(?:models|datasets)/[^/]+(?:/(?:{_BELOW})/.+)?$|/[^/]+/resolve/.+"): (
        "Repository not found: on this hub every id begins with its owner, as in owner/name."
    ),
}


class NotServed(HubView):
    """Every other address below /api, /oauth and /.well-known, and the files of kinds that are not served."""

    authentication_classes = ()
    # It is no part of the API's description.
    schema = None

    def _answer(self, request: Request, **address: str) -> Response:
        """Not found, in this dialect's form."""
        path = request.path_info
        words = next((words for address, words in NO_REPOSITORIES.items() if address.match(path)), "")
        response = Response({"error": words or "Not found"}, status=404)
        response["X-Error-Code"] = "RepoNotFound" if words else "NotServed"
        response["X-Error-Message"] = words or "Not found"
        return response

    get = head = post = put = patch = delete = _answer
