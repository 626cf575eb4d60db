"""Edits of a tree read and write only the folders that change."""

import pytest

from storage.errors import PathConflict, PathInvalid, PathMissing
from storage.git.edits import edit_tree
from storage.git.objects import object_id, parse_tree
from storage.git.paths import MAX_DEPTH, clean_path

EMPTY = object_id("tree", b"")


class Trees:
    """Trees in memory that count how often they are asked for."""

    def __init__(self) -> None:
        self.data = {EMPTY: b""}
        self.asked: list[set[str]] = []

    def load(self, oids):
        """The canonical bytes of trees."""
        self.asked.append(set(oids))
        return {oid: self.data[oid] for oid in oids}

    def edit(self, root, puts=(), removes=(), executable=()):
        """Edit, keep the new trees, and return the new root."""
        edited = edit_tree(root, puts=puts, removes=removes, load=self.load, executable=executable)
        self.data |= edited.trees
        return edited.root

    def files(self, root, prefix=""):
        """Every path with its object id."""
        found = {}
        for entry in parse_tree(self.data[root]):
            if entry.is_tree:
                found |= self.files(entry.oid, f"{prefix}{entry.name}/")
            else:
                found[prefix + entry.name] = entry.oid
        return found


def oid(text: str) -> str:
    """A blob's object id."""
    return object_id("blob", text.encode())


@pytest.fixture
def trees():
    """No trees but the empty one."""
    return Trees()


@pytest.fixture
def root(trees):
    """Four files in three folders."""
    return trees.edit(
        None, puts=[("a", oid("a")), ("d/b", oid("b")), ("d/e/c", oid("c")), ("other/x", oid("x"))]
    )


def test_files_are_put_where_their_paths_say(trees, root):
    assert trees.files(root) == {"a": oid("a"), "d/b": oid("b"), "d/e/c": oid("c"), "other/x": oid("x")}


def test_an_edit_loads_one_level_at_a_time_and_only_changed_folders(trees, root):
    trees.asked.clear()
    before = set(trees.data)
    new = trees.edit(root, puts=[("d/e/c", oid("changed")), ("d/e/n", oid("n"))])
    assert trees.files(new)["d/e/c"] == oid("changed")
    assert [len(asked) for asked in trees.asked] == [1, 1, 1]
    assert len(set(trees.data) - before) == 3  # the root, d and d/e; not other


def test_the_same_content_is_the_same_tree(trees, root):
    assert trees.edit(root, puts=[("a", oid("a"))]) == root
    moved = trees.edit(trees.edit(root, puts=[("z", oid("z"))]), removes=[("z", "file")])
    assert moved == root


def test_a_folder_that_becomes_empty_is_gone(trees, root):
    new = trees.edit(root, removes=[("d/e/c", "file")])
    assert set(trees.files(new)) == {"a", "d/b", "other/x"}
    assert trees.edit(root, removes=[(path, "file") for path in trees.files(root)]) == EMPTY


def test_a_folder_is_removed_with_all_that_is_in_it_and_can_be_filled_again(trees, root):
    assert set(trees.files(trees.edit(root, removes=[("d", "folder")]))) == {"a", "other/x"}
    new = trees.edit(root, removes=[("d", "folder"), ("d/b", "file")], puts=[("d/new", oid("n"))])
    assert set(trees.files(new)) == {"a", "other/x", "d/new"}


def test_removing_what_is_not_there_is_refused(trees, root):
    for path, what in [("nothing", "file"), ("d/nothing", "file"), ("no/where", "file"), ("a", "folder")]:
        with pytest.raises(PathMissing):
            trees.edit(root, removes=[(path, what)])


def test_a_file_and_a_folder_cannot_share_a_path(trees, root):
    for puts in [[("a/b", oid("x"))], [("d", oid("x"))], [("n", oid("x")), ("n/m", oid("y"))]]:
        with pytest.raises(PathConflict):
            trees.edit(root, puts=puts)
    new = trees.edit(root, removes=[("a", "file")], puts=[("a/b", oid("x"))])
    assert "a/b" in trees.files(new)


def test_a_file_can_take_the_place_of_a_folder_that_becomes_empty(trees, root):
    new = trees.edit(root, removes=[("other/x", "file")], puts=[("other", oid("now a file"))])
    assert trees.files(new) == {"a": oid("a"), "d/b": oid("b"), "d/e/c": oid("c"), "other": oid("now a file")}
    new = trees.edit(root, removes=[("d/b", "file"), ("d/e/c", "file")], puts=[("d", oid("file"))])
    assert set(trees.files(new)) == {"a", "d", "other/x"}
    for refused in [
        {"removes": [("d/b", "file")], "puts": [("d", oid("x"))]},
        {"removes": [("other/x", "file")], "puts": [("other", oid("x")), ("other/y", oid("y"))]},
        {"puts": [("a", oid("x")), ("a/b", oid("y"))]},
    ]:
        with pytest.raises(PathConflict):
            trees.edit(root, **refused)


@pytest.mark.parametrize(
    "path",
    ["", "/a", "a/", "a//b", "..", "a/../b", "./a", "a/.", ".git/config", "a/.GIT/x", ".git./x", "git~1/x"]
    + ["a\\b", "a\0b", "a\nb", "a" * 256, "/".join(["a"] * (MAX_DEPTH + 1)), "ab/" * 400 + "c", None, 7]
    + ["\ud800", ".g\u200cit/config", ".g\ufeffit/a", "a/.GIT\u200d", ".git:x/y", ".git /x"]
    + [".git::$INDEX_ALLOCATION/config", "\u202e.git", "GIT~1:a/b", ".git . :x"],
)
def test_a_path_that_could_not_be_checked_out_is_refused(path):
    with pytest.raises(PathInvalid):
        clean_path(path)


@pytest.mark.parametrize(
    "path",
    ["a", ".gitattributes", "a/..b", "a/b..", "a b/c%2Fd", "模型/權重.bin", "...", "a" * 255]
    + [".gitignore", "a:b", ".git-x", "می\u200cخواهم"],
)
def test_a_strange_but_harmless_path_is_kept_as_it_is(path):
    assert clean_path(path) == path


def test_what_is_executable_stays_so_until_it_is_gone(trees, root):
    def modes(root):
        return {entry.name: entry.mode for entry in parse_tree(trees.data[root])}

    made = trees.edit(root, puts=[("run", oid("1")), ("a", oid("2"))], executable={"run"})
    assert modes(made) == {"a": "100644", "run": "100755", "d": "40000", "other": "40000"}
    changed = trees.edit(made, puts=[("run", oid("3"))])
    assert modes(changed)["run"] == "100755"
    again = trees.edit(trees.edit(changed, removes=[("run", "file")]), puts=[("run", oid("1"))])
    assert modes(again)["run"] == "100644"
