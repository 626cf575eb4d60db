"""How many bytes repositories keep."""

from dataclasses import dataclass

from django.db.models import Sum

from accounts.actors import Actor
from accounts.models import Namespace
from hub.repos.models import Repository
from hub.repos.selectors import visible_to
from hub.revisions.models import RepositoryBlob
from hub.walks import page_down


@dataclass(frozen=True)
class Usage:
    """Bytes by the repository's id, and those of everything that the asker sees of the namespace."""

    bytes: dict[int, int]
    total: int

    def of(self, repository: Repository) -> int:
        """The repository's bytes."""
        return self.bytes.get(repository.pk, 0)


def usage_of(
    actor: Actor, namespace: Namespace, *, after: list[int] | None, limit: int
) -> tuple[list[Repository], list[int] | None, Usage]:
    """A page of the namespace's repositories that the actor may see, with what each keeps; three queries.

    What counts is each content that is or was in the repository, once.
    """
    seen = visible_to(actor).filter(namespace=namespace)
    page, onward = page_down(seen.defer("card", "card_words", "search"), after, limit)
    present = RepositoryBlob.objects.filter(state=RepositoryBlob.State.PRESENT)
    sums = present.filter(repository__in=page).values_list("repository").annotate(sum=Sum("size"))
    total = present.filter(repository__in=seen).aggregate(sum=Sum("size"))["sum"] or 0
    return page, onward, Usage(dict(sums), total)
