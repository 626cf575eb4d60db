"""Three-way merges of trees, held against git's own rules and against what a person would say."""

from hypothesis import given
from hypothesis import strategies as st

from storage.git.edits import edit_tree
from storage.git.merging import BATCH, OURS, THEIRS, Merged, merge_trees
from storage.git.objects import object_id, parse_tree

Files = dict[str, str]


class Trees:
    """Trees in memory, and how often somebody asked for some."""

    def __init__(self) -> None:
        self.data: dict[str, bytes] = {}
        self.loads: list[set[str]] = []

    def load(self, oids):
        self.loads.append(set(oids))
        return {oid: self.data[oid] for oid in oids if oid}

    def make(self, files: Files) -> str:
        puts = [(path, blob(text)) for path, text in files.items()]
        edited = edit_tree(None, puts=puts, removes=[], load=self.load)
        self.data |= edited.trees
        return edited.root

    def files(self, root: str, prefix: str = "") -> Files:
        found = {}
        for entry in parse_tree(self.data[root]):
            if entry.is_tree:
                found |= self.files(entry.oid, f"{prefix}{entry.name}/")
            else:
                found[prefix + entry.name] = TEXTS[entry.oid]
        return found


TEXTS: dict[str, str] = {}


def blob(text: str) -> str:
    oid = object_id("blob", text.encode())
    TEXTS[oid] = text
    return oid


def merged(trees: Trees, base: Files, ours: Files, theirs: Files, **settled: str) -> Merged:
    result = merge_trees(
        *(trees.make(files) for files in (base, ours, theirs)),
        load=trees.load,
        settled={path.replace("__", "/"): side for path, side in settled.items()},
    )
    if result.edited:
        trees.data |= result.edited.trees
    return result


def outcome(base: Files, ours: Files, theirs: Files, **settled: str) -> Files | tuple[str, ...]:
    trees = Trees()
    result = merged(trees, base, ours, theirs, **settled)
    return result.conflicts or trees.files(result.edited.root)


BASE = {"a": "1", "d/x": "1", "d/y": "1"}


def test_changes_of_different_files_come_together():
    assert outcome(BASE, BASE | {"d/x": "2"}, BASE | {"d/y": "3", "n": "1"}) == {
        "a": "1",
        "d/x": "2",
        "d/y": "3",
        "n": "1",
    }


def test_of_many_folders_some_are_read_at_a_time_and_none_is_lost():
    trees = Trees()
    base = {f"{n % 3}/{n}/x": "1" for n in range(4 * BATCH)} | {"empty/x": "1", "empty/y": "1"}
    ours = base | {path: "2" for path in base if path[-1] == "x"}
    theirs = base | {f"{n % 3}/{n}/y": "3" for n in range(4 * BATCH)}
    roots = [trees.make(files) for files in (base, ours, theirs)]
    trees.loads.clear()
    result = merge_trees(*roots, load=trees.load)
    # Every folder has three versions; the topmost four are two loads.
    assert max(len(oids) for oids in trees.loads) <= 3 * BATCH
    assert len(trees.loads) == 2 + 4
    trees.data |= result.edited.trees
    assert trees.files(result.edited.root) == ours | {p: t for p, t in theirs.items() if p[-1] == "y"}


def test_a_file_that_both_changed_otherwise_is_a_conflict_and_no_tree_is_made():
    trees = Trees()
    result = merged(trees, BASE, BASE | {"d/x": "2", "a": "2"}, BASE | {"d/x": "3", "a": "2"})
    assert result == Merged(None, ("d/x",))


def test_who_says_whose_file_counts_has_no_conflict():
    ours, theirs = BASE | {"d/x": "2"}, BASE | {"d/x": "3", "n": "1"}
    assert outcome(BASE, ours, theirs, d__x=OURS) == ours | {"n": "1"}
    assert outcome(BASE, ours, theirs, d__x=THEIRS) == theirs


def test_a_removal_beside_a_change_of_the_same_file_is_a_conflict():
    without = {"a": "1"}
    assert outcome(BASE, without, BASE | {"d/x": "2"}) == ("d/x",)
    assert outcome(BASE, BASE | {"d/x": "2"}, without) == ("d/x",)
    assert outcome(BASE, without, BASE | {"a": "2"}) == {"a": "2"}


def test_a_file_in_the_place_of_a_folder_that_was_changed_is_a_conflict():
    assert outcome(BASE, {"a": "1", "d": "file"}, BASE | {"d/x": "2"}) == ("d",)
    assert outcome(BASE, {"a": "1", "d": "file"}, BASE | {"a": "2"}) == {"a": "2", "d": "file"}


def test_a_folder_that_both_made_is_merged():
    assert outcome({"a": "1"}, {"a": "1", "n/x": "1"}, {"a": "1", "n/y": "1"}) == {
        "a": "1",
        "n/x": "1",
        "n/y": "1",
    }


def test_a_folder_is_gone_when_the_sides_removed_the_rest_of_it_together():
    assert outcome(BASE, {"a": "1", "d/y": "1"}, {"a": "1", "d/x": "1"}) == {"a": "1"}


def test_an_executable_file_keeps_its_mode():
    trees = Trees()
    base = trees.make({"a": "1", "b": "1"})
    data = trees.data[base].replace(b"100644 a\0", b"100755 a\0")
    executable = object_id("tree", data)
    trees.data[executable] = data
    result = merge_trees(base, executable, trees.make({"a": "1", "b": "2"}), load=trees.load)
    trees.data |= result.edited.trees
    assert [(e.mode, e.name) for e in parse_tree(trees.data[result.edited.root])] == [
        ("100755", "a"),
        ("100644", "b"),
    ]


def test_only_folders_that_both_changed_are_read_in_one_load_a_level():
    trees = Trees()
    files = {f"f{n}/g{m}/file": "1" for n in range(20) for m in range(20)}
    roots = [
        trees.make(files),
        trees.make(files | {"f1/g1/file": "2"}),
        trees.make(files | {"f1/g2/file": "3", "f2/g1/file": "3"}),
    ]
    trees.loads.clear()
    merge_trees(*roots, load=trees.load)
    assert [len(load) for load in trees.loads] == [3, 3]


names = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "e"])
some_files = st.dictionaries(names, st.sampled_from("123"), max_size=6)


@given(some_files, some_files, some_files)
def test_every_merge_is_what_the_rule_says_for_each_path(base, ours, theirs):
    result = outcome(base or {"z": "1"}, ours or {"z": "1"}, theirs or {"z": "1"})
    base, ours, theirs = (files or {"z": "1"} for files in (base, ours, theirs))
    clashes, expected = [], {}
    for path in sorted(base.keys() | ours.keys() | theirs.keys()):
        was, mine, yours = base.get(path), ours.get(path), theirs.get(path)
        if mine != yours and was not in (mine, yours):
            clashes.append(path)
        text = yours if was == mine else mine
        if text is not None:
            expected[path] = text
    assert result == (tuple(clashes) or expected)


@given(some_files, some_files, some_files)
def test_whose_side_it_is_changes_no_conflict(base, ours, theirs):
    one, other = outcome(base, ours, theirs), outcome(base, theirs, ours)
    assert one == other
