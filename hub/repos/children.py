"""Which models say that they come from others."""

from collections import Counter
from collections.abc import Iterable

from accounts.actors import Actor
from hub.repos.models import Repository
from hub.repos.selectors import visible_to

PREFIX = "base_model:"
# A list of famous models would otherwise read a large part of the table.
MOST_COUNTED = 10_000


def children_counts(actor: Actor, repositories: Iterable[Repository]) -> dict[int, int]:
    """For each repository, how many models that the actor may see name it as a base, in one query.

    Of all of them together up to 10,000 children are counted.
    """
    wanted = {f"{PREFIX}{repository.full_name}"[:200]: repository.pk for repository in repositories}
    found = visible_to(actor).filter(kind=Repository.Kind.MODEL, tags__overlap=list(wanted))
    counted: Counter[int] = Counter()
    for tags in found.order_by().values_list("tags", flat=True)[:MOST_COUNTED]:
        counted.update(wanted[tag] for tag in set(tags) & wanted.keys())
    return dict(counted)
