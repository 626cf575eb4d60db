"""Reads of the counts."""

from datetime import date, timedelta

from hub.downloads.models import DownloadDay
from hub.repos.models import Repository


def downloads_by_day(repository: Repository, first: date, last: date) -> list[tuple[date, int]]:
    """Each day from `first` to `last` with its pulls, days without any included; one query."""
    rows = DownloadDay.objects.filter(repository=repository, day__range=(first, last))
    counts = dict(rows.values_list("day", "count"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, counts.get(day, 0)) for day in days]
