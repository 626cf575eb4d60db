"""Put two trees together that came from a third: a three-way merge, path by path (pure but for `load`)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.git.edits import Edited, Folder, Load
from storage.git.objects import DIRECTORY, TreeEntry, object_id, parse_tree, tree_bytes

# Which side a conflict is settled for.
OURS, THEIRS = "ours", "theirs"
# Folders that are read at once.
BATCH = 50


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
    (path → OURS or THEIRS). Reads and writes only folders that both sides changed, BATCH of them in one load,
    and has the entries of no more in memory at each level of depth.
    """
    whole = _Trio(*(TreeEntry(DIRECTORY, "", oid) if oid else None for oid in (base, ours, theirs)))
    if whole.simple:
        root = theirs if base == ours else ours
        return Merged(Edited(root, {}), ())
    merging = _Merging(load, settled or {})
    [root] = merging.folders([(whole, "")])
    if merging.conflicts:
        return Merged(None, tuple(sorted(merging.conflicts)))
    return Merged(Edited(root, merging.trees), ())


class _Merging:
    """One merge: the new trees and the conflicts gather here."""

    def __init__(self, load: Load, settled: Mapping[str, str]) -> None:
        self.load = load
        self.settled = settled
        self.trees: dict[str, bytes] = {}
        self.conflicts: list[str] = []

    def folders(self, some: Sequence[tuple[_Trio, str]]) -> list[str]:
        """The object ids of merged folders, each given with what its paths begin with; "" for one left empty.

        The topmost folder has an id also when nothing is in it.
        """
        return [
            oid for start in range(0, len(some), BATCH) for oid in self._batch(some[start : start + BATCH])
        ]

    def _batch(self, some: Sequence[tuple[_Trio, str]]) -> list[str]:
        known = self._read({oid for trio, _ in some for oid in trio.oids if oid})
        merged: list[Folder] = []
        deeper: list[tuple[_Trio, str]] = []
        places: list[tuple[Folder, str]] = []
        for trio, prefix in some:
            folder: Folder = {}
            for name, below in _below(trio, known).items():
                if below.folders and not below.simple:
                    deeper.append((below, f"{prefix}{name}/"))
                    places.append((folder, name))
                elif (entry := self._entry(below, f"{prefix}{name}")) is not None:
                    folder[name] = entry
            merged.append(folder)
        known.clear()
        for (folder, name), oid in zip(places, self.folders(deeper), strict=True):
            if oid:
                folder[name] = TreeEntry(DIRECTORY, name, oid)
        return [self._kept(folder, prefix) for folder, (_, prefix) in zip(merged, some, strict=True)]

    def _read(self, oids: set[str]) -> dict[str, Folder]:
        """The entries by name of some folders."""
        trees = self.load(oids)
        return {oid: {entry.name: entry for entry in parse_tree(data)} for oid, data in trees.items()}

    def _entry(self, trio: _Trio, path: str) -> TreeEntry | None:
        """What is at a path that is no folder to be merged."""
        if trio.simple:
            return trio.theirs if trio.base == trio.ours else trio.ours
        side = self.settled.get(path)
        if side is None:
            self.conflicts.append(path)
        return trio.theirs if side == THEIRS else trio.ours

    def _kept(self, folder: Folder, prefix: str) -> str:
        if not folder and prefix:
            return ""
        data = tree_bytes(folder.values())
        oid = object_id("tree", data)
        self.trees[oid] = data
        return oid


def _below(trio: _Trio, known: Mapping[str, Folder]) -> dict[str, _Trio]:
    """Everything that one of the three folders has, by name."""
    base, ours, theirs = (known[oid] if oid else {} for oid in trio.oids)
    names = base.keys() | ours.keys() | theirs.keys()
    return {name: _Trio(base.get(name), ours.get(name), theirs.get(name)) for name in sorted(names)}
