"""Reads over many repositories at once, each in a number of queries that does not grow with them."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice

from django.db.models import Sum
from django.db.models.functions import Length

from hub.repos.cards import Card, parse_card
from hub.repos.models import Repository
from hub.revisions.cards import CARD
from hub.revisions.models import RepositoryBlob
from hub.revisions.selectors import Revision, find_entry, read_text
from storage.git.objects import TreeEntry, parse_tree
from storage.models import Commit, Tree

# A list tells the files of repositories up to this size; those of a larger one are told by its info or tree.
MOST_LISTED = 1000
DEEPEST_LISTED = 12
LARGEST_FOLDER = 128 * 1024


def paths_of(revision: Revision) -> list[str]:
    """The paths of all files of a revision in git's order: one query for each level of depth."""
    folders: dict[str, list[TreeEntry]] = {}
    wanted = {revision.tree}
    while wanted:
        folders |= _load(wanted)
        wanted = {entry.oid for oid in wanted for entry in folders[oid] if entry.is_tree} - folders.keys()
    return list(_files(revision.tree, "", folders))


def paths_at_heads(repositories: Collection[Repository]) -> dict[int, list[str] | None]:
    """The paths of the files at each head; None for more than 1,000 files or very deep folders.

    Up to 13 queries, whatever there is.
    """
    heads = {repository.pk: repository.head for repository in repositories if repository.head}
    trees = dict(Commit.objects.filter(pk__in=set(heads.values())).values_list("pk", "tree"))
    roots = {pk: trees[head] for pk, head in heads.items()}
    folders: dict[str, list[TreeEntry]] = {}
    wanted = set(roots.values())
    for _ in range(DEEPEST_LISTED):
        if not wanted:
            break
        loaded = _load(wanted, largest=LARGEST_FOLDER)
        folders |= loaded
        below = {entry.oid for entries in loaded.values() for entry in entries if entry.is_tree}
        wanted = below - folders.keys()
    found = {pk: _few(root, folders) for pk, root in roots.items()}
    return {repository.pk: found.get(repository.pk, []) for repository in repositories}


def used_storage(repositories: Iterable[Repository]) -> dict[int, int]:
    """The bytes of the distinct objects that each repository holds, in one query; none is left out."""
    held = RepositoryBlob.objects.filter(state=RepositoryBlob.State.PRESENT).order_by()
    rows = held.filter(repository__in=[row.pk for row in repositories]).values("repository")
    return dict(rows.annotate(used=Sum("size")).values_list("repository", "used"))


def card_at(revision: Revision) -> Card:
    """What the card of a revision says; an empty one when there is none that may be shown."""
    entry = find_entry(revision, CARD)
    return parse_card((read_text(entry) if entry else None) or "")


def _load(oids: Collection[str], *, largest: int | None = None) -> dict[str, list[TreeEntry]]:
    rows = Tree.objects.filter(pk__in=oids)
    if largest is not None:
        rows = rows.annotate(bytes=Length("data")).filter(bytes__lte=largest)
    return {oid: parse_tree(bytes(data)) for oid, data in rows.values_list("oid", "data")}


def _few(root: str, folders: dict[str, list[TreeEntry]]) -> list[str] | None:
    try:
        paths = list(islice(_files(root, "", folders), MOST_LISTED + 1))
    except KeyError:
        # A folder that was not loaded, being too large or too deep.
        return None
    return paths if len(paths) <= MOST_LISTED else None


def _files(oid: str, prefix: str, folders: dict[str, list[TreeEntry]]) -> Iterator[str]:
    for entry in folders[oid]:
        path = f"{prefix}{entry.name}"
        if entry.is_tree:
            yield from _files(entry.oid, f"{path}/", folders)
        else:
            yield path
