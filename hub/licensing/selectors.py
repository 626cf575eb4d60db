"""Reads of licence checks."""

from hub.licensing.models import LicenceCheck
from hub.repos.models import Repository


def latest_check(repository: Repository, commit: str | None = None) -> LicenceCheck | None:
    """The check of a commit, by default of the newest one; None while there is none."""
    return LicenceCheck.objects.filter(repository=repository, commit=commit or repository.head).first()
