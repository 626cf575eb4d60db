"""What the rules find: the table in `cases.txt`, and what holds for every case of it."""

import json
from collections.abc import Sequence
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
        "L01:COPYING": {"card": {"license": "other", "license_name": "glm-130b", "license_link": "COPYING"}}
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


def holding(oid: str, *found: Detected, path: str = "LICENSE") -> LicenceFile:
    """A licence file with some text."""
    return LicenceFile(path, found=found, oid=oid)


def matters(facts: Facts, *rules: str) -> list[tuple[str, str]]:
    """What some rules find, by what an answer to it is an answer to."""
    return [(one.key, one.about) for one in judge(facts, BOOK) if one.rule in rules]


@pytest.mark.parametrize(
    ("rules", "said", "found"),
    [
        ({"L01"}, Statement(), (Detected("mit", How.EXACT),)),
        ({"L01"}, Statement(), ()),
        ({"L01", "L04"}, Statement(), (Detected("mit", How.MODIFIED, 95.1),)),
        ({"L04"}, Statement("mit", (frozenset({"mit"}),)), (Detected("mit", How.MODIFIED, 95.1),)),
        ({"L03"}, Statement("mit", (frozenset({"mit"}),)), (Detected("gpl-3.0", How.EXACT),)),
        ({"L26"}, Statement("mit", (frozenset({"mit"}),)), ()),
    ],
)
def test_a_text_that_is_just_as_alike_is_another_matter(rules, said, found):
    facts = [Facts("a/b", statement=said, files=(holding(oid, *found),)) for oid in ("1" * 40, "2" * 40)]
    one, other = (matters(each, *rules) for each in facts)
    assert {key[:3] for key, _ in one} == rules
    assert not {key for key, _ in one} & {key for key, _ in other}
    assert one == matters(replace(facts[0], name="a/renamed"), *rules)


@pytest.mark.parametrize(("similarity", "shown"), [(99.6, "99"), (95.0, "95")])
def test_what_is_changed_is_never_told_to_be_the_whole_text(similarity: float, shown: str):
    file = LicenceFile("LICENSE", found=(Detected("mit", How.MODIFIED, similarity),))
    facts = Facts("acme/one", files=(file,), statement=Statement("mit", (frozenset({"mit"}),)))
    [finding] = [one for one in judge(facts, BOOK) if one.rule == "L04"]
    assert finding.params["similarity"] == shown


def test_one_more_text_of_which_nobody_knows_what_it_is_is_another_matter():
    one, more = holding("1" * 40), holding("2" * 40, path="licenses/ours.txt")
    assert matters(Facts("a/b", files=(one,)), "L01") != matters(Facts("a/b", files=(one, more)), "L01")


@pytest.mark.parametrize(
    "said", [Statement("other", unknown=("ours",)), Statement("mit", (frozenset({"mit"}),))]
)
def test_whether_a_text_holds_what_an_ancestor_asks_is_another_matter_with_another_text(said):
    base = on("a/one", "cc-by-nc-4.0")
    one, same, other = (
        matters(Facts("a/b", statement=said, files=(holding(oid),), bases=(base,)), "L07")
        for oid in ("1" * 40, "1" * 40, "2" * 40)
    )
    assert [key for key, _ in one] == [key for key, _ in other] == ["L07:a/one:cc-by-nc-4.0"]
    assert one == same != other


# Facts in which each rule that names somebody else finds something.
NAMING = {
    "L07": {"bases": [("cc-by-nc-4.0", {})]},
    "L08": {"bases": [("gpl-3.0", {})]},
    "L09": {"bases": [("cc-by-nd-4.0", {})]},
    "L10": {"bases": [("deepseek-1.0", {})]},
    "L11": {"bases": [("llama2", {})]},
    "L12": {"bases": [("llama3", {})]},
    "L14": {"bases": [("cc-by-nc-4.0", {}), ("gpl-3.0", {})]},
    "L15": {"datasets": ["cc-by-nc-4.0"]},
    "L16": {"bases": [("llama2", {})], "trained_on_outputs": True},
    "L18": {"bases": [("mit", {"gated": True})]},
    "L20": {"bases": [("mit", {"path": "adapter_config.json"})]},
    "L21": {"bases": [("mit", {"was": frozenset({"gpl-3.0"})})]},
    "L25": {"bases": [(UNKNOWN, {})]},
}


def naming(rule: str, *names: str, ids: Sequence[int]) -> Facts:
    """The facts of a rule, with what they name under these names."""
    said = dict(NAMING[rule])
    bases, datasets = said.pop("bases", []), said.pop("datasets", [])
    return replace(
        under("mit"),
        bases=tuple(
            on(name, key, repository=pk, **more)
            for name, pk, (key, more) in zip(names, ids, bases, strict=False)
        ),
        datasets=tuple(
            Dataset(name, frozenset({key}), repository=pk)
            for name, pk, key in zip(names, ids, datasets, strict=False)
        ),
        **said,
    )


@pytest.mark.parametrize("rule", NAMING)
def test_what_is_only_renamed_is_the_same_matter(rule):
    before = judge(naming(rule, "a/one", "b/two", ids=(7, 8)), BOOK)
    after = judge(naming(rule, "z/last", "b/two", ids=(7, 8)), BOOK)
    told = [(one.key, one.about) for one in before if one.rule == rule]
    assert told
    assert told == [(one.key, one.about) for one in after if one.rule == rule]
    assert "z/last" in str([one.params for one in after if one.rule == rule])
    others = matters(naming(rule, "a/one", "b/two", ids=(9, 8)), rule)
    assert not set(told) & set(others)
    away = matters(naming(rule, "a/one", "b/two", ids=(0, 0)), rule)
    assert not set(told) & set(away)


def test_no_name_is_taken_for_an_id():
    here, named = (replace(on("#7", UNKNOWN), repository=pk) for pk in (7, 0))
    assert len({one.key for one in judge(under("mit", here, named), BOOK) if one.rule == "L25"}) == 2


def test_of_two_origins_a_new_name_makes_no_other_the_nearer():
    def nearest(name: str) -> list[str]:
        above = (Inherited("gpl-3.0", name, 2, 7), Inherited("gpl-3.0", "b/two", 2, 8))
        return [key for key, _ in matters(replace(under("mit"), inherited=above), "L08")]

    assert nearest("a/one") == nearest("z/last") == ["L08:#7:gpl-3.0"]


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
