"""What the check says of a card, and how to mend it."""

import pytest

from hub.licensing.rules import judge
from hub.repos.cards import parse_card


def card(front: str):
    """The card with this front matter."""
    return parse_card(f"---\n{front}\n---\n# Title\n")


@pytest.mark.parametrize(
    ("front", "verdict", "declared", "rules"),
    [
        ("license: apache-2.0", "known", "apache-2.0", []),
        ("license: MIT", "known", "MIT", []),
        ("license: cc", "known", "cc", ["family"]),
        ("license: deepseek", "known", "deepseek", ["not-an-id"]),
        ("license: [mit, apache-2.0]", "known", "mit", []),
        ("license: other\nlicense_name: opt-175b\nlicense_link: LICENSE", "known", "opt-175b", []),
        ("license: Other\nlicense_name: ours\nlicense_link: LICENSE", "unknown", "ours", ["other-unknown"]),
        ("license: other", "invalid", "other", ["other-unnamed"]),
        ("license: other\nlicense_name: ours", "invalid", "other", ["other-unnamed"]),
        ("license: aapche-2.0", "unknown", "aapche-2.0", ["unknown-licence"]),
        ("license: unknown", "unknown", "unknown", ["unknown-licence"]),
        ("tags: [a]", "missing", "", ["no-licence"]),
        ("license:", "missing", "", ["no-licence"]),
        ("license: {a: b}", "invalid", "", ["card-unreadable"]),
        ("license: [", "invalid", "", ["card-unreadable"]),
    ],
)
def test_a_card_has_one_verdict(front: str, verdict: str, declared: str, rules: list[str]):
    outcome = judge(card(front))
    assert (outcome.verdict, outcome.declared) == (verdict, declared)
    assert [finding["rule"] for finding in outcome.findings] == rules
    assert all(finding["message"] for finding in outcome.findings)


def test_no_readme_is_a_missing_licence():
    outcome = judge(None)
    assert (outcome.verdict, outcome.findings[0]["rule"]) == ("missing", "no-card")


def test_a_finding_says_what_to_write():
    assert "license: apache-2.0" in judge(card("tags: [a]")).findings[0]["mend"]
    assert "Did you mean apache-2.0" in judge(card("license: apache-2")).findings[0]["mend"]
    unnamed = judge(card("license: other\nlicense_name: ours")).findings[0]
    assert "without license_link" in unnamed["message"]
    assert "license_link" in unnamed["mend"]
