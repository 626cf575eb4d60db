"""What the rules find: the table in `cases.txt`, and what holds for every case of it."""

import json

import pytest
from django.utils.translation import override

from hub.licensing.findings import Finding
from hub.licensing.rules import RULES_VERSION, all_rules, judge
from hub.licensing.words import told
from tests.hub.licensing.cases import BOOK, Case, cases

CASES = list(cases())
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.line)


@each_case
def test_exactly_what_the_table_says_is_found(case: Case):
    found = sorted((one.rule, one.severity) for one in judge(case.facts, BOOK))
    assert found == list(case.found)


def test_the_table_is_long_and_names_every_rule_but_the_unreadable_card():
    assert len(CASES) >= 80
    named = {rule for case in CASES for rule, _ in case.found}
    assert named == set(all_rules()) - {"L22"}


@each_case
def test_a_finding_goes_through_json_and_has_words_in_every_language(case: Case):
    for found in judge(case.facts, BOOK):
        assert Finding.from_json(json.loads(json.dumps(found.as_json()))) == found
        for language in ("en", "de", "zh-hans"):
            with override(language):
                said = told(found)
            assert said.title
            assert said.message
            assert "%(" not in str(said)
        assert found.evidence


def test_each_thing_has_one_key():
    for case in CASES:
        keys = [found.key for found in judge(case.facts, BOOK)]
        assert len(keys) == len(set(keys))


def test_every_rule_is_named_and_says_how_its_cases_are_mended():
    assert list(all_rules()) == [f"L{number:02}" for number in range(1, 26)]
    for rule in all_rules().values():
        assert rule.title
        assert set(rule.mends) <= set(rule.says)
    assert len(RULES_VERSION) == 12
