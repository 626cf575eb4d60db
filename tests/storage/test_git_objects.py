"""Object ids and canonical bytes, against git itself."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.git.objects import (
    DIRECTORY,
    FILE,
    Signature,
    TreeEntry,
    commit_bytes,
    object_id,
    parse_commit,
    parse_pointer,
    parse_tree,
    pointer_bytes,
    tree_bytes,
)


@pytest.fixture
def git(tmp_path: Path):
    """Run git in an empty repository."""

    def run(*arguments: str, data: bytes = b"", **environment: str) -> bytes:
        return subprocess.run(
            ["git", *arguments],
            cwd=tmp_path,
            input=data,
            capture_output=True,
            check=True,
            env={**os.environ, "HOME": str(tmp_path), **environment},
        ).stdout.strip()

    run("init", "-q")
    return run


@pytest.mark.parametrize("data", [b"", b"hello\n", "größer".encode(), bytes(range(256))])
def test_a_blob_has_the_id_that_git_gives_it(git, data):
    assert object_id("blob", data) == git("hash-object", "--stdin", data=data).decode()


def test_a_tree_has_the_bytes_and_the_id_that_git_gives_it(git):
    blob = git("hash-object", "-w", "--stdin", data=b"x").decode()
    empty = git("mktree", data=b"").decode()
    # Git sorts "sub" as "sub/", after "sub.txt" and before "sub0".
    entries = [
        TreeEntry(FILE, "sub0", blob),
        TreeEntry(DIRECTORY, "sub", empty),
        TreeEntry(FILE, "sub.txt", blob),
        TreeEntry("100755", "ünïcode 名", blob),
    ]
    listing = "".join(
        f"{entry.mode.zfill(6)} {'tree' if entry.is_tree else 'blob'} {entry.oid}\t{entry.name}\n"
        for entry in entries
    )
    data = tree_bytes(entries)
    assert object_id("tree", data) == git("mktree", data=listing.encode()).decode()
    assert [entry.name for entry in parse_tree(data)] == ["sub.txt", "sub", "sub0", "ünïcode 名"]
    assert set(parse_tree(data)) == set(entries)


def test_a_commit_has_the_id_that_git_gives_it(git):
    tree = git("mktree", data=b"").decode()
    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    who = {"NAME": "Ada Müller", "EMAIL": "ada@example.org", "DATE": f"{int(when.timestamp())} +0000"}
    people = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    first = git("commit-tree", tree, "-m", "First\n\nWith words.", **people).decode()
    second = git("commit-tree", tree, "-p", first, "-m", "Second", **people).decode()
    author = Signature("Ada Müller", "ada@example.org", when)
    one = commit_bytes(tree=tree, parents=[], author=author, message="First\n\nWith words.")
    two = commit_bytes(tree=tree, parents=[first], author=author, message="Second")
    assert object_id("commit", one) == first
    assert object_id("commit", two) == second
    read = parse_commit(two)
    assert (read.tree, read.parents, read.author, read.title) == (tree, (first,), author, "Second")
    assert parse_commit(one).description == "With words."


def test_a_name_cannot_break_out_of_a_signature_line():
    author = Signature("Eve>\nparent 0", "e<v>e@x\n", datetime(2026, 1, 1, tzinfo=UTC))
    data = commit_bytes(tree="0" * 40, parents=[], author=author, message="m")
    assert data.count(b"\nparent ") == 0
    assert parse_commit(data).author.name == "Eveparent 0"


def test_a_pointer_is_read_back_and_nothing_else_is_taken_for_one():
    data = pointer_bytes("a" * 64, 12345)
    assert parse_pointer(data) == ("a" * 64, 12345)
    for other in (b"", data + b"more\n", data.replace(b"size 12345", b"size -1"), b"x" * 2000, data.upper()):
        assert parse_pointer(other) is None
