import pytest

from accounts.errors import NameInvalid
from accounts.names import RESERVED, check_name, could_be_name


@pytest.mark.parametrize("name", ["a", "Ada", "0x", "my-model_v1.5", "a" * 96, "agit", "x.gitx"])
def test_a_plain_name_may_be_used(name: str):
    assert check_name(name) == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "needed"),
        ("a" * 97, "at most 96"),
        ("-a", "starts with"),
        (".a", "starts with"),
        ("_a", "starts with"),
        ("a b", "only letters"),
        ("a/b", "only letters"),
        ("ä", "starts with"),
        ("aé", "only letters"),
        ("a\n", "only letters"),
        ("a\x00", "only letters"),
        ("a--b", "'--'"),
        ("a..b", "'--' or '..'"),
        ("a-", "end with"),
        ("a.", "end with"),
        ("a.git", ".git"),
        ("a.GIT", ".git"),
        ("a.ipynb", ".ipynb"),
        ("feed.atom", ".atom"),
    ],
)
def test_a_name_that_breaks_a_rule_is_refused_in_words(name: str, words: str):
    with pytest.raises(NameInvalid, match=words):
        check_name(name)
    assert not could_be_name(name)


@pytest.mark.parametrize("name", ["api", "Datasets", "LOGIN", "robots.txt"])
def test_the_hubs_own_addresses_are_reserved_for_namespaces_only(name: str):
    with pytest.raises(NameInvalid, match="reserved"):
        check_name(name)
    assert check_name(name, reserved=False) == name


def test_every_reserved_word_would_be_a_name_otherwise():
    assert all(check_name(word, reserved=False) == word == word.lower() for word in RESERVED)
