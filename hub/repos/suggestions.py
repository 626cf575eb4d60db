"""What somebody may mean who has begun to type."""

from dataclasses import dataclass

from accounts.actors import Actor
from accounts.selectors import namespace_by_name
from hub.repos.lists import RELEVANCE, Wanted, list_repositories, listed
from hub.repos.models import Repository
from hub.repos.pipeline_tags import PIPELINE_TAGS
from hub.repos.tags import organisations_counted

REPOSITORIES, TASKS, ORGANISATIONS = 8, 3, 3


@dataclass(frozen=True)
class Suggestions:
    """Repositories that a search puts first, tasks, and names of organisations."""

    repositories: list[Repository]
    tasks: list[str]
    organisations: list[str]

    def __bool__(self) -> bool:
        return bool(self.repositories or self.tasks or self.organisations)


def suggest(actor: Actor, kind: str, text: str) -> Suggestions:
    """What the text may be the beginning of, of what the actor may see; nothing for nothing."""
    text = " ".join(text.split())
    if not text:
        return Suggestions([], [], [])
    page = list_repositories(actor, Wanted(kind, search=text), sort=RELEVANCE, limit=REPOSITORIES)
    repositories = listed(actor, page.ids)
    return Suggestions(repositories, tasks_like(text), _organisations(text, repositories))


def tasks_like(text: str) -> list[str]:
    """Tasks with words that begin like the text's, those that begin like it first."""
    written = text.lower().replace(" ", "-")
    found = [task for task in sorted(PIPELINE_TAGS) if f"-{written}" in f"-{task}"]
    return sorted(found, key=lambda task: not task.startswith(written))[:TASKS]


def _organisations(text: str, repositories: list[Repository]) -> list[str]:
    """One of that very name, owners of what was found (new ones are not counted yet), and those counted."""
    named = namespace_by_name(text)
    names = [named.name] if named and named.is_organisation else []
    owners = [repository.namespace for repository in repositories]
    names += [
        owner.name
        for owner in owners
        if owner.is_organisation and owner.name.lower().startswith(text.lower())
    ]
    names += organisations_counted(text, limit=ORGANISATIONS)
    return list(dict.fromkeys(names))[:ORGANISATIONS]
