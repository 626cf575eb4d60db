"""Put two trees together that came from a third: a three-way merge, path by path (pure but for `load`)."""

from collections.abc import Mapping
from dataclasses import dataclass

from storage.git.edits import Edited, Folder, Load
from storage.git.objects import DIRECTORY, TreeEntry, object_id, parse_tree, tree_bytes

# Which side a conflict is settled for.
OURS, THEIRS = "ours", "theirs"


@dataclass(frozen=True, slots=True)
class Merged:
    """The merged tree, or the paths that both sides changed otherwise; with conflicts there is no tree."""

    edited: Edited | None
    conflicts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Trio:
    """One name in the tree both came from, and in either side."""

    base: TreeEntry | None
    ours: TreeEntry | None
    theirs: TreeEntry | None

    @property
    def simple(self) -> bool:
        """Whether at most one side changed it, or both to the same."""
        return self.ours == self.theirs or self.base in (self.ours, self.theirs)

    @property
    def folders(self) -> bool:
        """Whether it is nowhere a file, so that what is in it can be merged."""
        return all(entry is None or entry.is_tree for entry in (self.base, self.ours, self.theirs))

    @property
    def oids(self) -> tuple[str, str, str]:
        """The trees' object ids, "" where there is none."""
        return tuple(entry.oid if entry else "" for entry in (self.base, self.ours, self.theirs))


def merge_trees(
    base: str, ours: str, theirs: str, *, load: Load, settled: Mapping[str, str] | None = None
) -> Merged:
    """What `ours` is with what `theirs` changed since `base`; each is a root tree's object id, "" is none.

    A path that both changed is a conflict, unless both made the same of it, or `settled` says whose counts
    (path → OURS or THEIRS). Reads and writes only folders that both sides changed, one load for each level of
    depth.
    """
    whole = _Trio(*(TreeEntry(DIRECTORY, "", oid) if oid else None for oid in (base, ours, theirs)))
    if whole.simple:
        root = theirs if base == ours else ours
        return Merged(Edited(root, {}), ())
    merging = _Merging(_read(whole, load), settled or {})
    folder = merging.folder(whole, "")
    if merging.conflicts:
        return Merged(None, tuple(sorted(merging.conflicts)))
    data = tree_bytes(folder.values())
    oid = object_id("tree", data)
    return Merged(Edited(oid, merging.trees | {oid: data}), ())


def _read(whole: _Trio, load: Load) -> dict[str, Folder]:
    """The entries by name of every folder that has to be merged, in one load for each level of depth."""
    known: dict[str, Folder] = {"": {}}
    level = [whole]
    while level:
        lacking = {oid for trio in level for oid in trio.oids} - known.keys()
        for oid, data in load(lacking).items():
            known[oid] = {entry.name: entry for entry in parse_tree(data)}
        level = [
            below
            for trio in level
            for below in _below(trio, known).values()
            if not below.simple and below.folders
        ]
    return known


def _below(trio: _Trio, known: Mapping[str, Folder]) -> dict[str, _Trio]:
    """Everything that one of the three folders has, by name."""
    base, ours, theirs = (known[oid] for oid in trio.oids)
    names = base.keys() | ours.keys() | theirs.keys()
    return {name: _Trio(base.get(name), ours.get(name), theirs.get(name)) for name in sorted(names)}


class _Merging:
    """One merge: the new trees and the conflicts gather here."""

    def __init__(self, known: Mapping[str, Folder], settled: Mapping[str, str]) -> None:
        self.known = known
        self.settled = settled
        self.trees: dict[str, bytes] = {}
        self.conflicts: list[str] = []

    def folder(self, trio: _Trio, prefix: str) -> Folder:
        """The merged entries of a folder."""
        merged = {}
        for name, below in _below(trio, self.known).items():
            entry = self._entry(below, f"{prefix}{name}")
            if entry is not None:
                merged[name] = entry
        return merged

    def _entry(self, trio: _Trio, path: str) -> TreeEntry | None:
        if trio.simple:
            return trio.theirs if trio.base == trio.ours else trio.ours
        if trio.folders:
            return self._tree(trio, path)
        side = self.settled.get(path)
        if side is None:
            self.conflicts.append(path)
        return trio.theirs if side == THEIRS else trio.ours

    def _tree(self, trio: _Trio, path: str) -> TreeEntry | None:
        """A folder's entry; none when nothing is left in it."""
        folder = self.folder(trio, f"{path}/")
        if not folder:
            return None
        data = tree_bytes(folder.values())
        oid = object_id("tree", data)
        self.trees[oid] = data
        return TreeEntry(DIRECTORY, path.rpartition("/")[2], oid)
