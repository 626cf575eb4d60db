"""A folder as people look at it: folders before files, a page at a time, and what it holds in all."""

from dataclasses import dataclass

from hub.errors import EntryNotFound
from hub.revisions.selectors import Entry, Revision, tree_entries, with_files
from storage.git.objects import TreeEntry
from storage.memory import Memory
from storage.selectors import folders, size_of_git_blobs

README = "readme.md"
# A tree with more entries than this is not added up for a page.
MOST_ADDED_UP = 300_000
# The order of large folders, by entries.
_orders: Memory[str, list[TreeEntry]] = Memory(400_000)
_totals: Memory[str, "Total"] = Memory(20_000)


@dataclass(frozen=True, slots=True)
class Total:
    """How many files a folder has, those of the folders in it included, and their bytes."""

    files: int
    size: int


@dataclass(frozen=True, slots=True)
class FolderPage:
    """Some entries of a folder, how many it has, and the README.md in it; `oid` is the folder's own."""

    oid: str
    entries: list[Entry]
    count: int
    readme: Entry | None


def folder_page(revision: Revision, path: str, *, start: int, limit: int) -> FolderPage:
    """Up to `limit` entries of a folder from number `start` (0 is the first) on, folders before files.

    Only the entries of the page and the README.md are looked up. EntryNotFound when there is no such folder.
    """
    oid = _folder(revision, path)
    ordered = _ordered(oid)
    page = ordered[start : start + limit]
    readme = next((e for e in ordered if len(e.name) == len(README) and e.name.lower() == README), None)
    wanted = page if readme is None or readme in page else [*page, readme]
    prefix = f"{path}/" if path else ""
    named = [(prefix + entry.name, entry) for entry in wanted]
    found = with_files(revision.repository, named, withheld=revision.withheld)
    shown = next((e for e in found if readme and e.name == readme.name and e.type == "file"), None)
    return FolderPage(oid, found[: len(page)], len(ordered), shown)


def _ordered(oid: str) -> list[TreeEntry]:
    known = _orders.get(oid)
    if known is None:
        entries = folders([oid]).get(oid, {}).values()
        known = sorted(entries, key=lambda entry: (not entry.is_tree, entry.name.lower()))
        _orders.put(oid, known, len(known) + 1)
    return known


def total_of(oid: str) -> Total | None:
    """What a folder holds in all; None for more than MOST_ADDED_UP entries.

    One query for each level of depth and one for the sizes, once in a process: a tree never changes.
    """
    known = _totals.get(oid)
    if known is None:
        files = _files_below(oid)
        if files is None:
            return None
        known = Total(len(files), size_of_git_blobs(files))
        _totals.put(oid, known)
    return known


def _files_below(oid: str) -> list[str] | None:
    """The object ids of all files below a folder, one for each time that a file stands there."""
    files: list[str] = []
    level = {oid: 1}
    seen = 0
    while level:
        loaded = folders(list(level))
        deeper: dict[str, int] = {}
        for at, times in level.items():
            entries: list[TreeEntry] = list(loaded.get(at, {}).values())
            seen += len(entries) * times
            if seen > MOST_ADDED_UP:
                return None
            for entry in entries:
                if entry.is_tree:
                    deeper[entry.oid] = deeper.get(entry.oid, 0) + times
                else:
                    files += [entry.oid] * times
        level = deeper
    return files


def _folder(revision: Revision, path: str) -> str:
    if not path:
        return revision.tree
    entry = tree_entries(revision.tree, [path]).get(path)
    if entry is None or not entry.is_tree:
        raise EntryNotFound(f"Entry not found: {path}", revision.commit)
    return entry.oid
