"""Under which licences a repository is found: their ids, however its card spells them."""

from collections.abc import Mapping

from hub.licensing.facts import UNKNOWN, Statement
from hub.licensing.reading import Read
from hub.repos.models import Repository
from hub.repos.services import file_under


def found_under(statement: Statement) -> list[str]:
    """The ids of the licences that a card names; none where one of its words is that of no licence.

    Of a choice it is each: whoever looks for one of them may choose it. "other" names none.
    """
    keys = frozenset().union(*statement.alternatives)
    only_other = not any(word.strip().lower() != "other" for word in statement.written.split(","))
    if statement.unknown or UNKNOWN in keys or only_other:
        return []
    return sorted(keys)


def label(repositories: Mapping[int, Repository], reads: Mapping[int, Read]) -> None:
    """Have repositories found by the ids of the licences that the card of their head names.

    Those that change are locked in the order of their ids and looked at again: one to which another commit
    came meanwhile keeps what that one's card says.
    """
    licences = {pk: found_under(read.statement) for pk, read in reads.items()}
    other = [pk for pk, keys in licences.items() if file_under(repositories[pk], keys)]
    if not other:
        return
    rows = Repository.objects.filter(pk__in=other).only("head", "licence", "tags").order_by("pk")
    changed = [
        row
        for row in rows.select_for_update(no_key=True)
        if row.head == repositories[row.pk].head and file_under(row, licences[row.pk])
    ]
    Repository.objects.bulk_update(changed, ["tags", "licence", "tag_words"], batch_size=500)
