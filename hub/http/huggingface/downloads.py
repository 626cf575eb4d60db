"""How often a repository was pulled, day by day."""

from datetime import date, timedelta

from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from hub.downloads.selectors import WINDOW_DAYS, downloads_by_day
from hub.errors import InvalidInput
from hub.http.huggingface.base import RepoView

MAX_DAYS = 366


class Downloads(RepoView):
    """`GET /api/{kind}s/{id}/downloads?from=2026-01-01&to=2026-01-31`."""

    def get(self, request: Request, **address: str) -> Response:
        """The pulls of each day from `from` to `to` (by default the last 30 days), and the two sums."""
        repository = self.open()
        last = day_in(request, "to", timezone.now().date())
        first = day_in(request, "from", last - timedelta(days=min(WINDOW_DAYS - 1, last.toordinal() - 1)))
        if not 0 <= (last - first).days < MAX_DAYS:
            raise InvalidInput(
                f"from must be at most {MAX_DAYS - 1} days before to, and not after it.", "from"
            )
        return Response(
            {
                "id": repository.full_name,
                "downloads": repository.downloads,
                "downloadsAllTime": repository.downloads_all_time,
                "days": [
                    {"day": day.isoformat(), "downloads": number}
                    for day, number in downloads_by_day(repository, first, last)
                ],
            }
        )


def day_in(request: Request, name: str, default: date) -> date:
    """A day in a query, such as 2026-01-31; InvalidInput for anything else."""
    value = request.query_params.get(name)
    if not value:
        return default
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise InvalidInput(f"{name} must be a day such as 2026-01-31.", name) from None
