"""The newest commits of what a case is about, and which of them are noted when changes are asked for."""

from collections.abc import Iterable

from contributions.moderation import subjects
from contributions.moderation.models import Case
from hub.repos.models import Repository
from hub.revisions.selectors import Revision, list_tree, resolve_revision


def heads_of(repositories: Iterable[Repository]) -> list[Revision]:
    """The newest commit of each repository that has one."""
    return [resolve_revision(repository, repository.head) for repository in repositories if repository.head]


def noted(case: Case) -> dict[str, str]:
    """Which commits what is asked for has to change, by the repository's id; "" for one without a commit.

    Of a case about a file these are the heads that have it: where it is gone already nothing is repaired.
    """
    where = subjects.repositories_of(case)
    if not case.sha256:
        return {str(found.pk): found.head for found in where}
    return {str(head.repository.pk): head.commit for head in heads_of(where) if has_file(head, case.sha256)}


def has_file(head: Revision, sha256: str) -> bool:
    """Whether a commit has the file, under whatever name; no file at all is in none."""
    return bool(sha256) and any(entry.sha256 == sha256 for entry in list_tree(head, recursive=True))
