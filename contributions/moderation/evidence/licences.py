"""The licence that a repository declares, and those of what it says that it was made of."""

from dataclasses import dataclass, field

from accounts.actors import Actor
from hub.licensing.books import current_books
from hub.licensing.catalogue import Book, Licence
from hub.licensing.models import LicenceFinding
from hub.licensing.selectors import findings_of
from hub.repos.lineage import bases_of
from hub.repos.models import Repository

# How far up the chain is followed, and how many links of it are shown.
DEEPEST, MOST = 4, 30


@dataclass(frozen=True)
class Link:
    """A repository in the chain, `depth` steps above the one in question; None when it is not here.

    `licence` is as declared, `known` what the catalogue has of it.
    """

    name: str
    depth: int
    repository: Repository | None
    licence: str = ""
    known: Licence | None = None


@dataclass(frozen=True)
class Chain:
    """The repository's own link first, then its bases level by level; findings are its own."""

    links: list[Link] = field(default_factory=list)
    findings: list[LicenceFinding] = field(default_factory=list)


def licence_chain(actor: Actor, repository: Repository) -> Chain:
    """The chain as far as the actor may see it; one query for the findings, one for the licences that
    leads registered, and one for each level of it.
    """
    findings = findings_of([repository])[repository.pk]
    book = current_books().book
    links = [_link(repository.full_name, 0, repository, book)]
    seen = {repository.full_name.lower()}
    level = [repository]
    for depth in range(1, DEEPEST + 1):
        bases = [base for base in bases_of(actor, level) if base.name.lower() not in seen]
        bases = list({base.name.lower(): base for base in bases}.values())[: MOST - len(links)]
        seen |= {base.name.lower() for base in bases}
        links += [_link(base.name, depth, base.repository, book) for base in bases]
        level = [base.repository for base in bases if base.repository]
        if not level:
            break
    return Chain(links, findings)


def _link(name: str, depth: int, repository: Repository | None, book: Book) -> Link:
    declared = repository.licence if repository else ""
    return Link(name, depth, repository, declared, book.known(declared) if declared else None)
