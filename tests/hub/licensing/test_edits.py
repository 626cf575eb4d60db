"""The texts of installed packages, changed as repositories change them, as a whole file is recognised."""

from collections import Counter, defaultdict

import pytest

from hub.licensing.facts import How
from hub.licensing.matching import match
from tests.hub.licensing.edits import CHANGED, edits, judged
from tests.hub.licensing.installed import installed_files

# Longer ones take their time, and there are short ones of each.
LONGEST = 20_000
# Without one of its clauses it is the other word for word.
LESS = {"bsd-3-clause": "bsd-2-clause", "bsd-4-clause": "bsd-3-clause"}


@pytest.fixture(scope="module")
def verdicts() -> dict[str, Counter]:
    """By edit, how often a text that holds one licence was recognised in which way."""
    texts: dict[str, str] = {}
    for file in installed_files():
        found = match(file.text) if len(file.text) <= LONGEST else []
        if [one.how for one in found] == [How.EXACT]:
            texts.setdefault(found[0].key, file.text)
    assert len(texts) >= 8
    counted: dict[str, Counter] = defaultdict(Counter)
    for key, text in texts.items():
        for what, changed in edits(text, texts["mit"]):
            counted[what][judged(key, match(changed), {key, "mit", LESS.get(key, key)})] += 1
    return counted


def test_nothing_is_taken_for_another_licence(verdicts):
    assert {what: counts["WRONG"] for what, counts in verdicts.items() if counts["WRONG"]} == {}


def test_what_changes_no_terms_leaves_nine_in_ten_identified(verdicts):
    unchanged = sum((counts for what, counts in verdicts.items() if what not in CHANGED), Counter())
    assert unchanged.total() >= 80
    assert unchanged["identified"] >= 0.9 * unchanged.total(), unchanged


def test_a_text_in_which_one_word_is_turned_is_never_the_licence_itself(verdicts):
    assert verdicts["one word turned"].total() >= 5
    assert verdicts["one word turned"]["identified"] == 0
