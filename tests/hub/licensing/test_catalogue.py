"""Which names of licences the hub understands."""

import pytest

from hub.licensing.catalogue import (
    CONDITIONS,
    DUTIES,
    KINDS,
    VOCABULARY,
    Duty,
    Licence,
    built_in,
    catalogue,
    normalised,
)
from hub.licensing.words import CONDITION_WORDS, DUTY_WORDS, QUESTIONS, licence_words

BOOK = built_in()
HUGGINGFACE_IDS = """
apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc
cc0-1.0 cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0
cc-by-nc-4.0 cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0
cdla-sharing-1.0 cdla-permissive-1.0 cdla-permissive-2.0 wtfpl ecl-2.0 epl-1.0 epl-2.0 etalab-2.0 eupl-1.1
eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc h-research intel-research lppl-1.3c
ms-pl apple-ascl apple-amlr mpl-2.0 odc-by odbl openmdw-1.0 openmdw-1.1 openrail++ osl-3.0 postgresql ofl-1.1
ncsa unlicense zlib pddl lgpl-lr deepfloyd-if-license fair-noncommercial-research-license llama2 llama3
llama3.1 llama3.2 llama3.3 llama4 grok2-community gemma
""".split()  # noqa: SIM905

READ = """
apache-2.0 mit bsd-3-clause cc0-1.0 cc-by-4.0 cc-by-sa-4.0 cc-by-nc-4.0 cc-by-nc-sa-4.0 cc-by-nd-4.0 gpl-3.0
agpl-3.0 openmdw-1.0 bigscience-bloom-rail-1.0 bigscience-openrail-m creativeml-openrail-m openrail++
bigcode-openrail-m llama1 opt-175b glm-130b llama2 llama3 llama3.1 llama3.2 llama3.3 llama4 gemma deepseek-1.0
tongyi-qianwen tongyi-research qwen-2024 kimi-k2-mit falcon-2-11b dbrx nvidia-open-model stability-community
svd-nc-community sdxl-0.9-research flux-1-dev-nc exaone-1.1-nc apple-ascl cdla-permissive-2.0 cdla-sharing-1.0
odbl odc-by c-uda
""".split()  # noqa: SIM905


def test_every_id_of_a_huggingface_card_is_known_but_the_two_that_name_none():
    assert len(HUGGINGFACE_IDS) == 81
    assert [name for name in HUGGINGFACE_IDS if BOOK.known(name) is None] == []
    assert BOOK.known("other") is None
    assert BOOK.known("unknown") is None


def test_ids_and_names_are_unambiguous():
    ids = [licence.id for licence in catalogue()]
    assert len(set(ids)) == len(ids)
    spelled = [name for licence in catalogue() for name in licence.names]
    assert len(set(spelled)) == len(spelled)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Apache-2.0", "apache-2.0"),
        ("APACHE 2.0", "apache-2.0"),
        ("Apache License 2.0", "apache-2.0"),
        ("Apache License, Version 2.0", "apache-2.0"),
        ("The MIT License", "mit"),
        (" mit ", "mit"),
        ("BSL-1.0", "bsl-1.0"),
        ("GPL-3.0-or-later", "gpl-3.0"),
        ("AGPL-3.0-only", "agpl-3.0"),
        ("CC BY-NC-SA 4.0", "cc-by-nc-sa-4.0"),
        ("ODbL-1.0", "odbl"),
        ("OpenRAIL++", "openrail++"),
        ("Llama3.1", "llama3.1"),
        ("DeepSeek License 1.0", "deepseek-1.0"),
        ("qwen-research", "tongyi-research"),
        ("GPLv3", "gpl-3.0"),
        ("GPL-2", "gpl-2.0"),
        ("AGPL v3", "agpl-3.0"),
        ("LGPLv2.1", "lgpl-2.1"),
        ("apache2.0", "apache-2.0"),
        ("llama-3.1", "llama3.1"),
        ("LLAMA 2 COMMUNITY LICENSE AGREEMENT", "llama2"),
        ("Llama 3 Community License Agreement", "llama3"),
        ("DeepSeek License Agreement", "deepseek-1.0"),
    ],
)
def test_people_spell_licences_in_many_ways(written: str, meant: str):
    assert BOOK.known(written).id == meant


@pytest.mark.parametrize(
    "written",
    [
        "",
        "apache",
        "apache-3.0",
        "llama",
        "llama3.4",
        "cc-by",
        "proprietary",
        "agreement",
        "GPLv4",
        "Apache 2.0 or MIT",
    ],
)
def test_what_is_only_similar_is_not_known(written: str):
    assert BOOK.known(written) is None


def test_something_spelled_alike_is_offered():
    assert "apache-2.0" in BOOK.nearest("apache-2")
    assert "llama3.1" in BOOK.nearest("llama-3.1")
    assert BOOK.nearest("entirely something else") == []
    assert BOOK.nearest("x" * 100_000) == []


def test_business_source_is_not_taken_for_boost():
    assert BOOK.known("BUSL-1.1").id == "busl-1.1"
    assert BOOK.known("bsl-1.0").name == "Boost Software License 1.0"


def test_normalising_is_stable():
    for licence in catalogue():
        assert all(normalised(name) == name for name in licence.names)


def test_whose_text_was_read_says_so_in_every_field():
    assert len(READ) == 46
    for licence in map(BOOK.known, READ):
        assert [name for name in VOCABULARY if not getattr(licence, name)] == [], licence.id
        assert licence.source


def test_every_word_of_the_catalogue_is_one_of_its_vocabulary():
    ids = {licence.id for licence in catalogue()}
    for licence in catalogue():
        assert licence.kind in {"", *KINDS}
        for name, answers in VOCABULARY.items():
            assert getattr(licence, name) in {"", *answers}, (licence.id, name)
        assert {duty.kind for duty in licence.duties} <= set(DUTIES)
        assert {condition.kind for condition in licence.conditions} <= set(CONDITIONS)
        assert {*licence.compatible, *licence.or_later, *licence.members} <= ids
        assert not licence.policy_url or licence.policy_url.startswith("https://")


def test_an_answer_has_conditions_exactly_where_it_says_so():
    for licence in catalogue():
        limits = [one for one in licence.conditions if CONDITIONS[one.kind] == "commercial"]
        assert (licence.commercial == "conditional") == bool(limits), licence.id


def test_a_licence_is_of_the_kind_that_it_is_called():
    for licence in catalogue():
        if licence.read:
            assert (licence.kind in {"noncommercial", "research"}) == (licence.commercial == "no")
            assert licence.kind != "rail" or licence.relicense == "keeps_restrictions"


def test_every_answer_has_words():
    for licence in catalogue():
        for question in set(QUESTIONS) & set(VOCABULARY):
            assert bool(licence_words(licence, question)) == bool(getattr(licence, question))
    assert set(DUTY_WORDS) == set(DUTIES)
    assert {kind.removesuffix("-display") for kind in CONDITION_WORDS} == set(CONDITIONS)


def test_a_book_is_extended_by_what_staff_registered():
    ours = Licence("ours-1.0", "Our Licence", commercial="no", duties=(Duty("notice_file", "Ours."),))
    book = built_in().with_([ours, Licence("mit", "The MIT of ours")])
    assert (book.known("OUR LICENCE"), book.get("ours-1.0")) == (ours, ours)
    assert (built_in().get("ours-1.0"), BOOK.known("our licence")) == (None, None)
    assert (book["mit"].name, book.name("nobody's")) == ("The MIT of ours", "nobody's")
    assert "Ours." in book.sentences()
    taking = built_in().with_(
        [ours, Licence("theirs", "Theirs", aliases=("MIT", "Our Licence", "The License"))]
    )
    assert (taking.known("mit").id, taking.known("ours-1.0"), taking.known("our licence")) == (
        "mit",
        ours,
        ours,
    )
    assert (taking.known(""), taking.known("Licence"), taking.known("theirs").id) == (None, None, "theirs")
    assert "Built with Llama" in built_in().sentences()
