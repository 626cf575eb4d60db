"""What the rules find: the table in `cases.txt`, and what holds for every case of it."""

import json
from dataclasses import replace

import pytest
from django.utils.translation import override

from hub.licensing.catalogue import Licence
from hub.licensing.declared import stated_by
from hub.licensing.facts import (
    UNKNOWN,
    Base,
    Dataset,
    Detected,
    Facts,
    How,
    Inherited,
    LicenceFile,
    Statement,
)
from hub.licensing.findings import Finding, Severity
from hub.licensing.mending import CARD, mended
from hub.licensing.rules import RULES_VERSION, all_rules, judge
from hub.licensing.words import told
from hub.repos.cards import parse_card
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
    assert list(all_rules()) == [f"L{number:02}" for number in range(1, 27)]
    for rule in all_rules().values():
        assert rule.title
        assert set(rule.mends) <= set(rule.says)
    assert len(RULES_VERSION) == 12


def patches(facts: Facts) -> dict[str, dict]:
    """What mends each thing that is found, by its key."""
    return {found.key: found.patch for found in judge(facts, BOOK) if found.patch}


def under(key: str, *bases: Base, text: str = "") -> Facts:
    """A model that declares a licence, and has that text or the one of another."""
    file = LicenceFile("LICENSE", found=(Detected(text or key, How.EXACT),))
    return Facts("acme/model", statement=Statement(key, (frozenset({key}),)), files=(file,), bases=bases)


def on(name: str, key: str, **more) -> Base:
    return Base(name, keys=frozenset({key}), **more)


def test_the_licence_of_the_only_ancestor_that_asks_for_one_mends_the_card():
    facts = replace(under("mit", on("a/one", "deepseek-1.0"), on("b/two", "mit")), files=())
    taken = {"license": "other", "license_name": "deepseek-1.0", "license_link": None}
    assert patches(facts) == {"L10:a/one:deepseek-1.0": {"card": taken}}
    more = replace(facts, bases=(*facts.bases, on("c/three", "cc-by-nc-4.0")))
    assert patches(more) == {}


@pytest.mark.parametrize("above", ["deepseek-1.0", "llama3.1", "cc-by-nc-4.0", "gpl-3.0"])
def test_a_card_is_not_mended_against_the_text_beside_it(above: str):
    found = judge(under("mit", on("acme/llama", above)), BOOK)
    assert found[0].severity == Severity.CONFLICT
    assert [one for one in found if one.patch and "card" in one.patch] == []


def test_a_link_leads_to_the_file_that_has_the_text_and_one_that_is_there_stays():
    text = LicenceFile("MODEL_LICENSE", found=(Detected("deepseek-1.0", How.EXACT),))
    stated = Statement("deepseek-1.0", (frozenset({"deepseek-1.0"}),))
    named = {"license": "other", "license_name": "deepseek-1.0"}
    for files, link, card in (
        ((), "", named | {"license_link": None}),
        ((text,), "", named | {"license_link": "MODEL_LICENSE"}),
        ((LicenceFile("LICENSE"), text), "", named | {"license_link": "MODEL_LICENSE"}),
        ((text,), "https://example.org/terms", named),
    ):
        facts = Facts("a/b", statement=replace(stated, link=link), files=files)
        assert patches(facts) == {"L24:deepseek-1.0": {"card": card}}


def after(card: dict, facts: Facts) -> Facts:
    """What is known when the card has these fields."""
    text = mended({CARD: "---\ntags: [a]\n---\n# Text\n"}, {"card": card}, "NOTICE")[CARD]
    return replace(facts, statement=stated_by(parse_card(text), BOOK))


def conflicts(facts: Facts) -> set[str]:
    return {one.key for one in judge(facts, BOOK) if one.severity == Severity.CONFLICT}


@each_case
def test_what_mends_the_card_mends_it_and_contradicts_nothing_else(case: Case):
    for key, patch in patches(case.facts).items():
        if "card" in patch:
            now = after(patch["card"], case.facts)
            assert conflicts(now) <= conflicts(case.facts) - {key}
            assert key not in {one.key for one in judge(now, BOOK) if one.severity != Severity.INFO}


def test_no_text_is_declared_that_an_ancestor_contradicts_where_the_card_does_not():
    facts = under("cc-by-nc-4.0", on("a/one", "cc-by-nc-4.0"), text="mit")
    (found,) = judge(facts, BOOK)
    assert (found.rule, found.patch) == ("L03", None)


def test_the_text_that_is_there_mends_the_card():
    card = {"license": "cc-by-nc-4.0", "license_name": None, "license_link": None}
    assert patches(under("mit", text="cc-by-nc-4.0")) == {"L03:LICENSE:cc-by-nc-4.0": {"card": card}}
    silent = Facts("a/b", files=(LicenceFile("COPYING", found=(Detected("glm-130b", How.EXACT),)),))
    assert patches(silent) == {
        "L01": {"card": {"license": "other", "license_name": "glm-130b", "license_link": "COPYING"}}
    }


def test_a_sentence_that_is_missing_comes_word_by_word():
    assert patches(under("other", on("n/base", "nvidia-open-model"))) == {
        "L13:nvidia-open-model:notice_file": {
            "notice": "Licensed by NVIDIA Corporation under the NVIDIA Open Model License"
        }
    }
    either = under("qwen-2024", on("q/base", "qwen-2024"))
    shown = Facts(**vars(either) | {"phrases": frozenset({"Improved using Qwen"})})
    assert "L13:qwen-2024:ui_text" in patches(either)
    assert "L13:qwen-2024:ui_text" not in patches(shown)


def test_a_base_that_a_file_names_is_added_to_those_of_the_card():
    said, named = on("a/one", "mit"), on("b/two", "mit", path="adapter_config.json")
    assert patches(under("mit", said, named)) == {"L20:b/two": {"append": {"base_model": "b/two"}}}
    spelled = replace(named, name="B/Two", seen=False, keys=frozenset({UNKNOWN}))
    assert patches(under("mit", said, spelled)) == {"L20:b/two": {"append": {"base_model": "B/Two"}}}
    assert patches(under("mit", replace(said, name="B/two"), spelled)) == {}
    assert patches(under("mit", on("acme/model", "mit", path="config.json"))) == {}


def test_a_hint_at_a_base_is_only_good_to_know_and_nothing_comes_down_from_it():
    hint = on("b/two", "cc-by-nc-4.0", path="config.json", followed=False)
    found = judge(under("mit", hint), BOOK)
    assert [(one.rule, one.severity) for one in found] == [("L20", Severity.INFO)]


def test_what_staff_registered_is_judged_like_what_the_hub_came_with():
    book = BOOK.with_([Licence("ours", "Ours", commercial="no", relicense="keeps_restrictions")])
    base = on("a/one", "ours")
    assert [one.rule for one in judge(under("mit", base), book)] == ["L07"]
    assert [one.rule for one in judge(under("mit", base), BOOK)] == ["L25"]


def test_each_base_whose_terms_are_not_known_is_told():
    away = [on(name, UNKNOWN, seen=False) for name in ("a/one", "c/three")]
    hint = on("d/four", UNKNOWN, seen=False, followed=False)
    facts = replace(
        under("mit", *away, on("b/two", "gpl"), hint),
        inherited=(
            Inherited(UNKNOWN, "a/one", 1),
            Inherited("grok2-community", "e/five", 2),
        ),
    )
    told = [(one.key, one.case) for one in judge(facts, BOOK) if one.rule == "L25"]
    assert told == [
        ("L25:a/one:unknown", "away"),
        ("L25:b/two:gpl", "family"),
        ("L25:c/three:unknown", "away"),
        ("L25:e/five:grok2-community", "unread"),
    ]


def test_another_text_of_the_same_file_is_another_matter():
    def about(*found: Detected, **said) -> list[str]:
        facts = Facts("a/b", files=(LicenceFile("LICENSE", found=found),), **said)
        return [one.params["content"] for one in judge(facts, BOOK) if one.rule in {"L01", "L03", "L04"}]

    mit = {"statement": Statement("mit", (frozenset({"mit"}),))}
    for more in ({}, mit):
        near, nearer = (about(Detected("mit", How.MODIFIED, part), **more) for part in (95.1, 95.2))
        assert near != nearer
        assert len(near) == len(nearer) == (1 if more else 2)
    assert about(Detected("gpl-3.0", How.EXACT), **mit) != about(Detected("agpl-3.0", How.EXACT), **mit)


def test_an_ancestor_whose_licence_is_a_family_has_terms_that_are_not_known():
    (found,) = judge(under("mit", on("a/one", "gpl")), BOOK)
    assert (found.rule, found.case, found.severity) == ("L25", "family", Severity.INFO)


@pytest.mark.parametrize("address", ["", "https://pond.example/policy"])
def test_a_registered_licence_whose_limits_stand_elsewhere_is_told_so(address):
    pond = Licence("pond-1.0", "Pond", commercial="yes", use_restrictions="url", policy_url=address)
    facts = Facts("a/b", statement=Statement("pond-1.0", (frozenset({"pond-1.0"}),)))
    assert "L19" in {one.rule for one in judge(facts, BOOK.with_([pond]))}
    listed = replace(pond, use_restrictions="list")
    assert "L19" not in {one.rule for one in judge(facts, BOOK.with_([listed]))}


@pytest.mark.parametrize("key", ["cc", "gpl", "grok2-community", UNKNOWN])
def test_a_licence_of_data_that_nobody_read_is_not_taken_for_one_that_asks_nothing(key):
    def cases_of(*keys: str) -> list[str]:
        facts = Facts("a/b", datasets=(Dataset("d/set", frozenset(keys)),))
        return [one.case for one in judge(facts, BOOK) if one.rule == "L15"]

    assert cases_of(key) == ["unknown"]
    assert cases_of(key, "mit") == ["unknown"]
    assert cases_of(key, "cc-by-nc-4.0") == ["noncommercial"]
    assert cases_of("mit") == []


def test_that_it_learned_from_answers_is_read_in_the_line_of_its_tags():
    base = Base("meta/llama", keys=frozenset({"llama2"}))
    said = Statement("llama2", (frozenset({"llama2"}),), lines={"license": 2, "tags": 7})
    facts = Facts("a/b", statement=said, bases=(base,), trained_on_outputs=True)
    (found,) = (one for one in judge(facts, BOOK) if one.rule == "L16")
    assert ("README.md", "tags", 7) in {(one.path, one.field, one.line) for one in found.evidence}
