"""One entry of a tree, found as if all of them had been read."""

from hypothesis import given, settings
from hypothesis import strategies as some

from storage.git.objects import TreeEntry, find_in_tree, parse_tree, tree_bytes

# Names that end like others, and ids that have the bytes of names in them.
NAMES = some.sampled_from(["a", "b a", "100644 a", "40000 a", "é", "a b", "ab", " a"])
OIDS = some.sampled_from(["61" * 20, "206100" * 6 + "6161", "00" * 20, "2061003130303634342061" + "00" * 9])


@settings(deadline=None)
@given(some.dictionaries(NAMES, some.tuples(some.sampled_from(["100644", "40000"]), OIDS), max_size=6), NAMES)
def test_an_entry_is_found_by_its_whole_name_alone(entries, name):
    data = tree_bytes(TreeEntry(mode, name, oid) for name, (mode, oid) in entries.items())
    assert find_in_tree(data, name) == {entry.name: entry for entry in parse_tree(data)}.get(name)
