"""What is said of the licence on a card, while its author still edits it and afterwards."""

import pytest

from hub.licensing.cards import card_facts, problems
from hub.licensing.catalogue import as_licence, built_in
from hub.licensing.rules import judge_statement
from hub.licensing.verdicts import declared_as, verdict
from hub.repos.cards import parse_card

BOOK = built_in()


def card(front: str):
    """The card with this front matter."""
    return parse_card(f"---\n{front}\n---\n# Title\n")


@pytest.mark.parametrize(
    ("front", "said", "declared", "rules"),
    [
        ("license: apache-2.0", "known", "apache-2.0", []),
        ("license: MIT", "known", "MIT", []),
        ("license: cc", "known", "cc", ["L06"]),
        ("license: deepseek", "known", "deepseek", ["L24"]),
        ("license: [mit, apache-2.0]", "known", "mit, apache-2.0", []),
        ("license: other\nlicense_name: opt-175b\nlicense_link: LICENSE", "known", "opt-175b", []),
        ("license: Other\nlicense_name: ours\nlicense_link: LICENSE", "unknown", "ours", ["L23"]),
        ("license: other", "invalid", "other", ["L05"]),
        ("license: other\nlicense_name: ours", "invalid", "ours", ["L05", "L23"]),
        ("license: aapche-2.0", "unknown", "aapche-2.0", ["L23"]),
        ("license: unknown", "unknown", "unknown", ["L01"]),
        ("tags: [a]", "missing", "", ["L01"]),
        ("license:", "missing", "", ["L01"]),
        ("license: {a: b}", "invalid", "", ["L22"]),
        ("license: [", "invalid", "", ["L22"]),
    ],
)
def test_a_card_has_one_verdict(front, said, declared, rules):
    facts = card_facts(card(front), BOOK)
    assert (verdict(facts), declared_as(facts)) == (said, declared)
    assert [finding.rule for finding in judge_statement(facts, BOOK)] == rules


def test_no_readme_is_a_missing_licence():
    facts = card_facts(None, BOOK)
    found = judge_statement(facts, BOOK)
    assert (verdict(facts), [(one.rule, one.case) for one in found]) == ("missing", [("L01", "card")])


@pytest.mark.parametrize(
    ("front", "message", "error"),
    [
        ("license: apache2", "“apache2” is not a licence this hub knows: did you mean apache-2.0?", True),
        ("license: [mit, xyzzy]", "“xyzzy” is not a licence this hub knows.", True),
        ("license: other\nlicense_name: ours", 'The card says "license: other" without license_link.', False),
        ("tags: [a]", "The card declares no licence.", False),
        ("license: gpl", "GNU General Public License family", False),
    ],
)
def test_a_problem_tells_what_to_write_and_whether_to_publish_so(front, message, error):
    first = problems(card(front), "model", BOOK)[0]
    assert first.message.startswith(message)
    assert (first.field, first.error) == ("license", error)


def test_a_registered_licence_is_not_taken_for_a_misspelled_one():
    front = card("license: pond-1.0")
    assert problems(front, "model", BOOK)[0].error
    pond = as_licence({"id": "pond-1.0", "name": "Pond", "declared_as_other": True})
    assert [one for one in problems(front, "model", BOOK.with_([pond])) if one.error] == []


@pytest.mark.parametrize("front", ["license: apache-2.0", "license: MIT License"])
def test_a_card_as_it_should_be_is_not_mentioned(front):
    assert problems(card(front), "model", BOOK) == []


def test_of_a_card_that_cannot_be_read_only_that_is_told():
    (problem,) = problems(card("license: ["), "model", BOOK)
    assert (problem.field, problem.error) == ("", True)
