"""The numbers about moderation for programs."""

from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contributions.moderation.transparency import STEP, numbers, period_of


class Transparency(APIView):
    """`GET /transparency.json`."""

    def get(self, request: Request) -> Response:
        """How much was flagged, decided, undone and appealed, and how quickly; all rounded.

        A count is null for fewer than 5, else rounded to a multiple of 5; a median is null of fewer than 5.
        Cases, flags and appeals count in the period in which they were made.
        """
        period = period_of(request.query_params.get("period", ""))
        span = {
            "name": period.name or None,
            "since": period.since.isoformat() if period.since else None,
            "until": period.until.isoformat() if period.until else None,
        }
        return Response({"period": span, "roundedTo": STEP, **numbers(period)})
