"""What this hub does not serve answers like anything else that is not there."""

import re

from rest_framework.request import Request
from rest_framework.response import Response

from hub.http.huggingface.base import HubView

# What clients take for a repository, so that they are told of it as of one that is missing.
OTHER_KINDS = re.compile(r"/(?:api/)?(?:spaces|buckets|kernels)/")


class NotServed(HubView):
    """Every other address below /api, /oauth and /.well-known, and the files of kinds that are not served."""

    authentication_classes = ()
    # It is no part of the API's description.
    schema = None

    def _answer(self, request: Request, **address: str) -> Response:
        """Not found, in this dialect's form."""
        other = OTHER_KINDS.match(request.path_info)
        words = "This hub has models and datasets only." if other else "Not found"
        response = Response({"error": words}, status=404)
        response["X-Error-Code"] = "RepoNotFound" if other else "NotServed"
        response["X-Error-Message"] = words
        return response

    get = head = post = put = patch = delete = _answer
