"""What differs between two texts, cards and trees, as values."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from hub.revisions.diffs import Change, diff_fields, diff_texts, lines_kept, with_renames
from storage.git.objects import TreeEntry

A, B = TreeEntry("100644", "x", "a" * 40), TreeEntry("100644", "x", "b" * 40)


def signs(old: str, new: str) -> list[str]:
    return [
        line.sign + "".join(part for _, part in line.parts)
        for hunk in diff_texts(old, new).hunks
        for line in hunk.lines
    ]


def test_only_what_differs_is_marked():
    assert signs("a\nb\nc\n", "a\nx\nc\n") == [" a", "-b", "+x", " c"]
    assert signs("", "a\n") == ["+a"]
    assert signs("a\n", "") == ["-a"]
    assert signs("same\n", "same\n") == []


def test_changes_far_apart_are_hunks_with_their_numbers():
    old = "\n".join(str(number) for number in range(1, 41))
    new = old.replace("5\n", "five\n", 1).replace("\n35\n", "\n")
    found = diff_texts(old, new)
    assert [(hunk.old, hunk.new, len(hunk.lines)) for hunk in found.hunks] == [(2, 2, 8), (32, 32, 7)]
    assert (found.added, found.removed) == (1, 2)
    five = next(line for line in found.hunks[0].lines if line.sign == "+")
    assert (five.old, five.new) == (None, 5)


def test_words_that_differ_within_a_line_are_marked():
    found = diff_texts("license: mit here\n", "license: apache here\n")
    assert [line.parts for hunk in found.hunks for line in hunk.lines] == [
        ((False, "license: "), (True, "mit"), (False, " here")),
        ((False, "license: "), (True, "apache"), (False, " here")),
    ]


def test_lines_with_little_in_common_are_marked_as_a_whole():
    found = diff_texts("one line of it\n", "(quite another)\n")
    assert all(len(line.parts) == 1 for hunk in found.hunks for line in hunk.lines)


@settings(max_examples=300, deadline=None)
@given(*[some.lists(some.sampled_from("abx"), max_size=8)] * 2)
def test_lines_that_are_kept_are_the_same_in_both_texts_and_in_order(old, new):
    runs = lines_kept("\n".join(old), "\n".join(new))
    pairs = [(i + at, j + at) for i, j, length in runs for at in range(length)]
    assert all(old[i - 1] == new[j - 1] for i, j in pairs if old and new)
    assert [i for i, _ in pairs] == sorted({i for i, _ in pairs})
    assert [j for _, j in pairs] == sorted({j for _, j in pairs})
    assert lines_kept("a\nb\nc\nd", "x\na\nb\nd") == [(1, 2, 2), (4, 4, 1)]


@given(*[some.lists(some.sampled_from("abcdx"), max_size=5)] * 2)
def test_a_diff_leads_from_one_text_to_the_other(old, new):
    marked = [*old, "end"], [*new, "end"]
    lines = [line for hunk in diff_texts(*("\n".join(text) for text in marked)).hunks for line in hunk.lines]
    for text, number in ((marked[0], "old"), (marked[1], "new")):
        told = {getattr(line, number): "".join(part for _, part in line.parts) for line in lines}
        told.pop(None, None)
        assert all(text[at - 1] == line for at, line in told.items())
    kept = [(line.old, line.new) for line in lines if line.sign == " "]
    assert kept == sorted(kept)
    rest = [list(text) for text in marked]
    for line in sorted(lines, key=lambda line: -(line.old or 0)):
        if line.sign == "-":
            del rest[0][line.old - 1]
    for line in sorted(lines, key=lambda line: -(line.new or 0)):
        if line.sign == "+":
            del rest[1][line.new - 1]
    assert rest[0] == rest[1]


def test_long_hostile_texts_end_soon_and_are_whole():
    old, new = "a\nb\n" * 3000, "b\na\nc\n" * 2000
    found = diff_texts(old, new)
    assert found.added - found.removed == 0
    assert found.length >= found.added + found.removed


def test_a_file_that_went_and_came_the_same_was_renamed():
    found = with_renames([Change("old.txt", A, None), Change("new.txt", None, A), Change("c", A, B)])
    assert [(change.kind, change.before, change.path) for change in found] == [
        ("changed", "", "c"),
        ("renamed", "old.txt", "new.txt"),
    ]


def test_of_two_copies_one_was_renamed_and_one_added():
    found = with_renames(
        [Change("a", A, None), Change("b", None, A), Change("c", None, A), Change("d", B, None)]
    )
    assert [(change.kind, change.path) for change in found] == [
        ("renamed", "b"),
        ("added", "c"),
        ("removed", "d"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"license": "mit"}, {"license": "apache-2.0"}, [("license", "mit", "apache-2.0", [], [])]),
        ({}, {"gated": True}, [("gated", "", "true", [], [])]),
        ({"x": {"a": 1}}, {}, [("x", "a: 1", "", [], [])]),
        ({"tags": ["a", "b"]}, {"tags": ["b", "c"]}, [("tags", "", "", ["c"], ["a"])]),
        ({"tags": ["a", "b"]}, {"tags": ["b", "a"]}, [("tags", "a, b", "b, a", [], [])]),
        ({"same": 1}, {"same": 1}, []),
    ],
)
def test_fields_of_a_card_are_told_by_what_came_and_went(old, new, told):
    found = diff_fields(old, new)
    assert [(one.key, one.old, one.new, one.added, one.removed) for one in found] == told
