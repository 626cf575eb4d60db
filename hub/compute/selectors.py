"""Reads of what was computed."""

from collections.abc import Iterable

from django.db.models import F

from hub.compute.models import Facts
from hub.repos.models import Repository


def facts_at(repository: Repository, commit: str) -> Facts | None:
    """What is known of a commit; None while, or because, nothing was computed of it."""
    return Facts.objects.filter(repository=repository, commit=commit).first()


def facts_of_heads(repositories: Iterable[Repository]) -> dict[int, Facts]:
    """What is known of the head of each repository, by the repository's id, in one query."""
    rows = Facts.objects.filter(repository__in=[row.pk for row in repositories], commit=F("repository__head"))
    return {row.repository_id: row for row in rows}
