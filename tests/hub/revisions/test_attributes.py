"""What is ignored and what is kept as a large file, compared with git itself."""

import random
import subprocess
import time
from pathlib import Path

import pytest

from hub.errors import InvalidInput
from hub.revisions.attributes import (
    INITIAL_ATTRIBUTES,
    Ignored,
    check_work,
    ignore_rules,
    is_large,
    large_rules,
    named_large,
)

PIECES = ["*", "a", "b", "a*", "*a", "**", "?", "*.b", "[ab]", "a*b*", "[!a]", "[^b]", "***", "**b", "\\a"]
PIECES += ["é", "\\*", "[a-b]", "[[:alpha:]]", "[]a]", "[b-a]", "[", "\\", "??", "[a-]", "[!]", "[[:x:]]"]
PIECES += ["x[a/]", "[[:]", "*b*a*", "[\\]a]", "", "[[:space:]a]", "[a\\-z]", "a b"]
LETTERS = ["a", "b", ".", "é", "*", " ", "x", "-", "]"]


def a_pattern(chance: random.Random) -> str:
    """A pattern, whole or broken."""
    text = "/".join(chance.choices(PIECES, k=chance.randint(1, 4)))
    text = chance.choice(["", "", "", "/", "!"]) + text + chance.choice(["", "", "", "/"])
    return text + chance.choice([""] * 8 + [" ", "\\ ", "\\  ", "\t", "\r"])


def some_paths(chance: random.Random) -> list[str]:
    """Paths of a few letters."""
    names = ["".join(chance.choices(LETTERS, k=chance.randint(1, 4))) for _ in range(90)]
    names = [name for name in names if name not in {".", ".."}]
    return sorted({"/".join(chance.choices(names, k=chance.randint(1, 5))) for _ in range(30)})


def git(place: Path, command: list[str], paths: list[str]) -> list[str]:
    """What git says to paths, as the fields of its answer."""
    sent = "".join(f"{path}\0" for path in paths).encode()
    done = subprocess.run(["git", *command, "--stdin", "-z"], cwd=place, input=sent, capture_output=True)
    return done.stdout.decode().split("\0")[:-1]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A place that git works in."""
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    return tmp_path


@pytest.mark.parametrize("seed", range(40))
def test_what_git_ignores_is_ignored(checkout: Path, seed: int):
    chance = random.Random(seed)
    paths = some_paths(chance)
    text = "".join(a_pattern(chance) + "\n" for _ in range(chance.choice([1, 1, 2, 3, 5])))
    (checkout / ".gitignore").write_text(text, newline="")
    ignored = Ignored(ignore_rules(text))
    assert [path for path in paths if path in ignored] == git(checkout, ["check-ignore", "--no-index"], paths)


@pytest.mark.parametrize("seed", range(40))
def test_what_git_gives_to_lfs_is_large(checkout: Path, seed: int):
    chance = random.Random(seed)
    paths = some_paths(chance)
    patterns = ["".join(a_pattern(chance).split()) for _ in range(3)]
    filters = ["filter=lfs", "-filter", "!filter"]
    text = "".join(f"{pattern} {chance.choice(filters)}\n" for pattern in patterns if pattern)
    (checkout / ".gitattributes").write_text(text)
    said = git(checkout, ["check-attr", "filter"], paths)
    rules = large_rules(text)
    large = [path for path in paths if named_large(path, rules)]
    assert large == [path for path, value in zip(said[::3], said[2::3], strict=True) if value == "lfs"]


@pytest.mark.parametrize(
    ("ignore", "path", "expected"),
    [
        ("*.log\n!keep.log", "a/keep.log", False),
        ("*.log\n!keep.log", "a/other.log", True),
        ("build/\n!build/keep.txt", "build/keep.txt", True),
        ("build/", "build", False),
        ("# words\n\\#x", "#x", True),
        ("a  ", "a", True),
        ("a\\ ", "a ", True),
        ("/a", "b/a", False),
        ("docs/**/x", "docs/x", True),
        ("[[:space:]]*", " a", True),
        ("\ufeffa\r\nb\r\n", "a", True),
    ],
)
def test_a_gitignore_is_read_as_its_manual_says(ignore: str, path: str, expected: bool):
    assert (path in Ignored(ignore_rules(ignore))) is expected


@pytest.mark.parametrize("broken", ["!", "\\", "[", "[a", "a\\", "/", "//", "[[:none:]]", "a//b", "x" * 5000])
def test_a_broken_pattern_is_passed_over(broken: str):
    ignored = Ignored(ignore_rules(f"{broken}\nz\n"))
    assert "z" in ignored
    assert "a" not in ignored


def test_a_reversed_range_is_no_error():
    assert "y" not in Ignored(ignore_rules("[z-a]"))


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "b", "a" * 255),
        ("**/a/" * 20 + "b", "a/" * 99 + "c"),
        ("*a*a/" * 20 + "b", "aaaaaaaaaa/" * 80 + "c"),
        ("**/*a*a/" * 20 + "b", "aaaaaaaaaa/" * 80 + "c"),
        ("**/" * 600 + "x", "a/" * 99 + "b"),
    ],
)
def test_no_pattern_makes_matching_slow(pattern: str, path: str):
    before = time.process_time()
    assert path not in Ignored(ignore_rules(pattern))
    assert not named_large(path, large_rules(f"{pattern} filter=lfs"))
    assert time.process_time() - before < 1


def test_more_patterns_than_can_be_compared_in_a_moment_are_refused():
    paths = [f"{'a' * 240}{number}" for number in range(1000)]
    with pytest.raises(InvalidInput) as refused:
        check_work(ignore_rules(("*" + "a*" * 120 + "b\n") * 2000), paths)
    assert refused.value.field == "files"
    check_work(ignore_rules("build/\n*.log\n*.py[co]\n" * 200), paths)


@pytest.mark.parametrize(
    ("path", "size", "sample", "large"),
    [
        ("model.safetensors", 10, b"{}", True),
        ("model.safetensors", 0, b"", False),
        ("saved_model/a/b", 10, b"text", True),
        ("notes.txt", 10, b"text", False),
        ("notes.txt", 10, b"\0", True),
        ("notes.txt", 10, "é".encode()[:1], False),
        ("notes.txt", 5000, b"text", True),
    ],
)
def test_the_first_attributes_and_the_first_bytes_tell_large_files(path, size, sample, large):
    rules = large_rules(INITIAL_ATTRIBUTES)
    assert is_large(path, size=size, sample=sample, rules=rules, limit=1000) is large
