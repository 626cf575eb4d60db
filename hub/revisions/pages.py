"""Pages of a tree that cost what they hold: a huge folder is read in parts, a deep one no further than asked.

A position is where a page ended: for each folder on the way, the byte of its tree at which the entry begins
that was entered, and at last the byte at which the next page goes on.
"""

from dataclasses import dataclass, field

from django.utils.translation import gettext

from hub.errors import EntryNotFound, InvalidInput
from hub.revisions.selectors import Entry, Revision, tree_entries, with_files
from storage.git.objects import TreeEntry, parse_stretch
from storage.selectors import tree_parts

# Bytes of a tree that are read at once: a long stretch of one folder, and the beginnings of many.
STRETCH = 64 * 1024
BEGINNING = 4 * 1024
# An entry has a mode, a name of at most 255 bytes, and an object id.
LONGEST_ENTRY = 512


@dataclass(slots=True)
class _Folder:
    """A folder that is being listed: its entries that were read and not yet passed."""

    prefix: str
    oid: str
    entries: list[tuple[int, TreeEntry]] = field(default_factory=list)
    next: int = 0
    read_to: int = 0
    ended: bool = False
    entered: int = 0

    def take(self, data: bytes, asked: int) -> None:
        """Go on with what was read from `read_to`; less than was asked for means that the tree ends there."""
        self.entries, end = parse_stretch(data, self.read_to)
        self.next, self.read_to, self.ended = 0, end, len(data) < asked


def tree_page(
    revision: Revision, path: str, position: list[int], *, limit: int, recursive: bool
) -> tuple[list[Entry], list[int] | None]:
    """Up to `limit` entries of a folder from a position on ([] is the beginning), and where the next page is.

    In git's order; recursively, each folder is followed by what is in it. Queries grow with the depth only,
    and bytes with the page. EntryNotFound when there is no such folder.
    """
    stack = _resumed(_top(revision, path), position)
    walk = _Walk(limit, recursive)
    found: list[tuple[str, TreeEntry]] = []
    while stack:
        following = walk.following(stack[-1])
        if following is None:
            stack.pop()
            continue
        start, entry = following
        here = stack[-1]
        if len(found) == limit:
            position = [*(folder.entered for folder in stack[:-1]), start]
            return with_files(revision.repository, found, withheld=revision.withheld), position
        here.next += 1
        full = here.prefix + entry.name
        found.append((full, entry))
        if recursive and entry.is_tree:
            here.entered = start
            stack.append(_Folder(f"{full}/", entry.oid))
    return with_files(revision.repository, found, withheld=revision.withheld), None


class _Walk:
    """Reads trees for one page, the beginnings of all folders in sight level by level, each level at once."""

    def __init__(self, limit: int, recursive: bool) -> None:
        self.limit = limit
        self.recursive = recursive
        self.beginnings: dict[str, bytes] = {}

    def following(self, folder: _Folder) -> tuple[int, TreeEntry] | None:
        """The folder's next entry, None at its end."""
        while folder.next == len(folder.entries):
            if folder.ended:
                return None
            self._read(folder)
        return folder.entries[folder.next]

    def _read(self, folder: _Folder) -> None:
        if folder.read_to == 0 and folder.oid in self.beginnings:
            folder.take(self.beginnings[folder.oid], BEGINNING)
            return
        data = tree_parts([(folder.oid, folder.read_to)], STRETCH).get(folder.oid, b"")
        folder.take(data, STRETCH)
        if self.recursive:
            self._look_ahead([entry for _, entry in folder.entries])

    def _look_ahead(self, entries: list[TreeEntry]) -> None:
        """A page cannot enter more folders than it has entries, so on each level the first are enough."""
        folders = [entry.oid for entry in entries[: self.limit] if entry.is_tree]
        while folders:
            lacking = list(dict.fromkeys(oid for oid in folders if oid not in self.beginnings))
            if lacking:
                self.beginnings |= tree_parts([(oid, 0) for oid in lacking], BEGINNING)
            below: list[str] = []
            for oid in folders:
                inside, _ = parse_stretch(self.beginnings.get(oid, b""), 0)
                below += [entry.oid for _, entry in inside if entry.is_tree]
                if len(below) >= self.limit:
                    break
            folders = below[: self.limit]


def _top(revision: Revision, path: str) -> _Folder:
    if not path:
        return _Folder("", revision.tree)
    entry = tree_entries(revision.tree, [path]).get(path)
    if entry is None or not entry.is_tree:
        raise EntryNotFound(f"Entry not found: {path}", revision.commit)
    return _Folder(f"{path}/", entry.oid)


def _resumed(top: _Folder, position: list[int]) -> list[_Folder]:
    """The folders that were being listed; one query for each of them but the last."""
    stack = [top]
    for start in position[:-1]:
        here = stack[-1]
        data = tree_parts([(here.oid, start)], LONGEST_ENTRY).get(here.oid, b"")
        (at, entry), *_ = parse_stretch(data, start)[0] or [(0, None)]
        if entry is None or not entry.is_tree:
            raise InvalidInput(
                gettext("The cursor does not belong to this list. Begin again without it."), "cursor"
            )
        here.entered = at
        here.read_to = at + len(entry.mode) + len(entry.name.encode("utf-8", "surrogateescape")) + 22
        stack.append(_Folder(f"{here.prefix}{entry.name}/", entry.oid))
    if position:
        stack[-1].read_to = position[-1]
    return stack
