"""Repositories with cards that declare licences and bases, checked as a worker checks them."""

from hub.licensing import tasks
from hub.repos.models import Repository
from hub.revisions.operations import AddInline
from tests.factories.repositories import commit, make_repository


def card(licence: str | None = None, *bases: str, **fields: str) -> dict[str, bytes]:
    """The files of a repository that has only a card."""
    lines = [f"license: {licence}"] if licence else []
    lines += [f"base_model: [{', '.join(bases)}]"] if bases else []
    lines += [f"{name}: {value}" for name, value in fields.items()]
    return {"README.md": "\n".join(["---", *lines, "---", "# A model", ""]).encode()}


def model(
    licence: str | None = None,
    *bases: Repository | str,
    fields: dict[str, str] | None = None,
    files: dict[str, bytes] | None = None,
    **more,
) -> Repository:
    """A checked repository; `fields` are more of its card, `files` beside it."""
    names = [base if isinstance(base, str) else base.full_name for base in bases]
    repository = make_repository(files={**card(licence, *names, **(fields or {})), **(files or {})}, **more)
    tasks.check(repository.pk, repository.head)
    return repository


def say(repository: Repository, licence: str | None, *bases: str) -> None:
    """Let the card of a repository say something else, and have it checked."""
    commit(repository, repository.created_by, [AddInline(*item) for item in card(licence, *bases).items()])
    repository.refresh_from_db()
    tasks.check(repository.pk, repository.head)
