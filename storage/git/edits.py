"""Apply changes to a tree, reading and writing only the folders that change (pure but for `load`)."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext

from storage.errors import PathConflict, PathMissing
from storage.git.objects import DIRECTORY, FILE, TreeEntry, object_id, parse_tree, tree_bytes

Folder = dict[str, TreeEntry]
# The modes of ordinary files, which a new content keeps.
EXECUTABLE = "100755"
MODES = (FILE, EXECUTABLE)
# Fetches the canonical bytes of trees by object id, all in one query.
Load = Callable[[set[str]], dict[str, bytes]]


@dataclass(slots=True)
class Change:
    """What happens at one path: its removal, a new file, or changes below it."""

    remove: str = ""
    put: str = ""
    executable: bool = False
    below: dict[str, "Change"] = field(default_factory=dict)

    def at(self, path: str) -> "Change":
        """The change at a path below this one, made where it is new."""
        here = self
        for segment in path.split("/"):
            here = here.below.setdefault(segment, Change())
        return here


@dataclass(frozen=True, slots=True)
class Edited:
    """A new root tree's object id, and the trees that must exist for it: object id → canonical bytes."""

    root: str
    trees: dict[str, bytes]


def edit_tree(
    root: str | None,
    *,
    puts: Iterable[tuple[str, str]],
    removes: Iterable[tuple[str, str]],
    load: Load,
    executable: Collection[str] = (),
) -> Edited:
    """Remove, then put (path, blob object id); `removes` are (path, "file", "folder" or "anything").

    "anything" need not be there. What is put is executable if its path is in `executable`, or was so before.
    Raises PathMissing for a removal of nothing and PathConflict where a file and a folder would meet.
    """
    change = Change()
    for path, what in removes:
        change.at(path).remove = what
    for path, oid in puts:
        here = change.at(path)
        here.put, here.executable = oid, path in executable
    known = _load_levels(root, change, load)
    trees: dict[str, bytes] = {}
    folder = _apply(change, known.get(root or "", {}), known, trees, "")
    data = tree_bytes(folder.values())
    oid = object_id("tree", data)
    trees[oid] = data
    return Edited(oid, trees)


def _load_levels(root: str | None, change: Change, load: Load) -> dict[str, Folder]:
    """Every existing folder on a changed path, one load for each level of depth."""
    known: dict[str, Folder] = {}
    level: list[tuple[str, Change]] = [(root, change)] if root else []
    while level:
        for oid, data in load({oid for oid, _ in level} - known.keys()).items():
            known[oid] = {entry.name: entry for entry in parse_tree(data)}
        level = [
            (known[oid][name].oid, deeper)
            for oid, here in level
            for name, deeper in here.below.items()
            if deeper.below and name in known[oid] and known[oid][name].is_tree
        ]
    return known


def _apply(
    change: Change,
    folder: Folder,
    known: dict[str, Folder],
    trees: dict[str, bytes],
    prefix: str,
    gone: bool = False,
) -> Folder:
    """The folder after the changes below it; new trees are added to `trees`.

    `gone` says that the folder itself was removed, so that removals of what was in it are done already.
    """
    result = dict(folder)
    for name, here in change.below.items():
        path = prefix + name
        entry = _removed(here, result.get(name), path, gone)
        if here.below:
            entry = _deeper(here, entry, known, trees, path, gone or bool(here.remove))
        if here.put:
            if entry and entry.is_tree:
                raise PathConflict(gettext("The path is both a file and a folder: %s") % path)
            kept = entry.mode if entry and entry.mode in MODES else FILE
            entry = TreeEntry(EXECUTABLE if here.executable else kept, name, here.put)
        if entry is None:
            result.pop(name, None)
        else:
            result[name] = entry
    return result


def _removed(change: Change, entry: TreeEntry | None, path: str, gone: bool) -> TreeEntry | None:
    """What is left of an entry after its removal."""
    if not change.remove or gone:
        return entry
    missing = entry is None or (change.remove == "folder" and not entry.is_tree)
    if missing and change.remove != "anything":
        raise PathMissing(path)
    return None


def _deeper(
    change: Change,
    entry: TreeEntry | None,
    known: dict[str, Folder],
    trees: dict[str, bytes],
    path: str,
    gone: bool,
) -> TreeEntry | None:
    """The folder's entry after the changes in it, or None when nothing is left in it."""
    file = entry if entry is not None and not entry.is_tree else None
    before = known[entry.oid] if entry is not None and file is None else {}
    folder = _apply(change, before, known, trees, f"{path}/", gone)
    if file and folder:
        raise PathConflict(gettext("The path goes through a file: %s") % path)
    if file or not folder:
        return file
    data = tree_bytes(folder.values())
    oid = object_id("tree", data)
    trees[oid] = data
    return TreeEntry(DIRECTORY, path.rpartition("/")[2], oid)
