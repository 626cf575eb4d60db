"""Take contents out of trees, wherever in them they are (pure but for `load`)."""

from collections.abc import Callable, Collection

from storage.git.objects import TreeEntry, object_id, parse_tree, tree_bytes

Load = Callable[[set[str]], dict[str, bytes]]
# A folder without files is left out; only a root can be the empty tree.
GONE = ""
EMPTY_TREE = object_id("tree", b"")


def without_files(
    roots: Collection[str], blobs: Collection[str], known: dict[str, str], load: Load
) -> dict[str, bytes]:
    """The trees that must exist for the roots to be without those blobs: object id → canonical bytes.

    `known` is filled with what becomes of each tree (old object id → new one, GONE when nothing is left),
    so that a tree that many commits share is looked at once.
    """
    read = _read(roots, known, load)
    trees: dict[str, bytes] = {}
    for oid in roots:
        if _clean(oid, frozenset(blobs), read, known, trees) == GONE:
            trees[EMPTY_TREE] = b""
    return trees


def _read(roots: Collection[str], known: dict[str, str], load: Load) -> dict[str, list[TreeEntry]]:
    """Every tree below the roots that is not known yet, one load for each level of depth."""
    read: dict[str, list[TreeEntry]] = {}
    wanted = set(roots) - known.keys()
    while wanted:
        loaded = {oid: parse_tree(data) for oid, data in load(wanted).items()}
        read |= loaded
        below = {entry.oid for entries in loaded.values() for entry in entries if entry.is_tree}
        wanted = below - known.keys() - read.keys()
    return read


def _clean(
    oid: str,
    removing: frozenset[str],
    read: dict[str, list[TreeEntry]],
    known: dict[str, str],
    trees: dict[str, bytes],
) -> str:
    """The new object id of a tree, GONE when nothing is left of what was in it."""
    if oid in known:
        return known[oid]
    kept = []
    for entry in read[oid]:
        if not entry.is_tree:
            kept += [] if entry.oid in removing else [entry]
        elif (new := _clean(entry.oid, removing, read, known, trees)) != GONE:
            kept.append(TreeEntry(entry.mode, entry.name, new))
    if kept == read[oid]:
        known[oid] = oid
    elif kept:
        data = tree_bytes(kept)
        known[oid] = object_id("tree", data)
        trees[known[oid]] = data
    else:
        known[oid] = GONE
    return known[oid]
