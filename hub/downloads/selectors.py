"""Reads of the counts."""

from datetime import date, timedelta

from django.utils import timezone

from hub.downloads.models import DownloadDay
from hub.repos.models import Repository

WINDOW_DAYS = 30


def window() -> tuple[date, date]:
    """The first and the last of the 30 days that `Repository.downloads` adds up: the last is today (UTC)."""
    today = timezone.now().date()
    return today - timedelta(days=WINDOW_DAYS - 1), today


def downloads_by_day(repository: Repository, first: date, last: date) -> list[tuple[date, int]]:
    """Each day from `first` to `last` with its pulls, days without any included; one query."""
    rows = DownloadDay.objects.filter(repository=repository, day__range=(first, last))
    counts = dict(rows.values_list("day", "count"))
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [(day, counts.get(day, 0)) for day in days]
