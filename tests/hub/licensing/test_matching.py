"""Which licences a text is taken for; where nothing tells what is alike apart, that is said."""

import pytest

from hub.licensing.catalogue import as_licence, built_in
from hub.licensing.facts import How
from hub.licensing.fingerprints import fingerprint_of
from hub.licensing.matching import Match, match
from hub.licensing.passages import MOST_PLACES
from hub.licensing.references import References, known_references
from tests.hub.licensing.texts import BAKERY, MILL, RESEARCH_MILL

REFERENCES = References(
    [
        fingerprint_of(MILL, "mill", ["The Watermill License Agreement"]),
        fingerprint_of(RESEARCH_MILL, "research-mill", ["The Watermill Research License Agreement"]),
        fingerprint_of(BAKERY, "bakery", ["Bakery Terms"]),
        fingerprint_of("", "wind", ["The Windmill License"]),
    ]
)
LETTER = " ".join(f"This is sentence {n} of a letter about the weather of {1900 + n}." for n in range(60))


def found(text: str) -> list[tuple[str, str]]:
    """What a text is taken for, and how, among the licences of the mill and the bakery."""
    return [(one.key, str(one.how)) for one in match(text, REFERENCES)]


def without(text: str, beginning: str) -> str:
    """A text without the paragraph that begins so."""
    kept = [part for part in text.split("\n\n") if not part.startswith(beginning)]
    assert len(kept) == len(text.split("\n\n")) - 1
    return "\n\n".join(kept)


@pytest.mark.parametrize(
    ("text", "key"), [(MILL, "mill"), (RESEARCH_MILL, "research-mill"), (BAKERY, "bakery")]
)
def test_a_text_is_itself(text: str, key: str):
    (one,) = match(text, REFERENCES)
    assert (one.key, one.how, one.similarity, one.containment) == (key, How.EXACT, 1, 1)
    assert text[one.start : one.end] == text.strip().rstrip(".")


def test_a_sibling_is_named_as_the_next_one_and_how_far_it_is():
    (one,) = match(MILL, REFERENCES)
    assert one.runner_up == "research-mill"
    assert 0.05 < one.lead < 0.3
    assert not one.undecided


def test_nothing_is_found_in_other_texts():
    assert found("") == []
    assert found("License") == []
    assert found("two words") == []
    assert found(LETTER) == []
    assert found("\x00\ufffd" * 1000) == []


def test_a_text_that_is_there_more_often_than_places_are_looked_at_is_found():
    assert found("\n\n".join([BAKERY] * (MOST_PLACES + 1))) == [("bakery", "contained")]


def test_a_text_with_a_clause_less_is_modified():
    for beginning in ("2.", "3.", "4.", "5.", "6."):
        for text, key in ((MILL, "mill"), (RESEARCH_MILL, "research-mill")):
            assert found(without(text, beginning)) == [(key, "modified")]


def test_without_what_tells_siblings_apart_both_are_named():
    bare = without(without(MILL, "1."), "\nTHE")
    (one,) = match(bare, REFERENCES)
    assert one.how == How.MODIFIED
    assert one.undecided
    assert {one.key, one.runner_up} == {"mill", "research-mill"}


def test_a_title_tells_siblings_apart_where_the_clauses_do_not():
    assert found(without(MILL, "1.")) == [("mill", "modified")]
    assert found(without(RESEARCH_MILL, "1.")) == [("research-mill", "modified")]


def test_a_sibling_under_the_title_of_the_other_is_called_neither():
    (one,) = match(MILL.replace("WATERMILL LICENSE", "WATERMILL RESEARCH LICENSE"), REFERENCES)
    assert one.how == How.MODIFIED
    assert {one.key, one.runner_up} == {"mill", "research-mill"}


def test_a_text_under_the_title_of_a_licence_whose_text_is_not_known_is_not_the_one_it_is_like():
    text = MILL.replace("THE WATERMILL LICENSE AGREEMENT", "THE WINDMILL LICENSE")
    assert found(text) == [("wind", "title"), ("mill", "modified")]


def test_a_file_holds_several_licences_one_after_the_other():
    assert found(f"{BAKERY}\n-----\n{LETTER}\n-----\n{MILL}") == [
        ("bakery", "contained"),
        ("mill", "contained"),
    ]


def test_the_places_of_licences_in_a_file_are_told():
    text = f"{LETTER}\n\n{MILL}\n\n{LETTER}"
    (one,) = match(text, REFERENCES)
    assert text[one.start :].startswith("THE WATERMILL LICENSE")
    assert text[: one.end].endswith("and is allowed")
    assert one.rest > 500


def test_a_licence_that_is_there_twice_is_told_once():
    assert found(f"{MILL}\n\n{LETTER}\n\n{MILL}") == [("mill", "contained")]


def test_words_put_into_a_licence_modify_it():
    assert found(
        MILL.replace(
            "may grind corn", "may, from Monday to Friday and never on the days of a fair, grind corn"
        )
    ) == [("mill", "modified")]


def test_what_is_said_beside_a_licence_can_modify_it():
    assert found(f"{MILL}\n\n{LETTER}") == [("mill", "contained")]
    rider = "Our only modification is that the flour must not be used in cakes that are sold."
    assert found(f"{MILL}\n\n{rider}\n\n{LETTER}") == [("mill", "modified")]


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("may grind corn", "may not grind corn"),
        ("does not promise", "does promise"),
        ("gives them a copy", "gives only them a copy"),
        ("the first sack of each year", "the first 5 million sacks of each year"),
        ("decide what", "decide for commercial millers what"),
    ],
)
def test_one_word_that_limits_modifies_a_licence(said: str, instead: str):
    assert said in MILL
    assert found(MILL.replace(said, instead)) == [("mill", "modified")]


@pytest.mark.parametrize(
    ("said", "instead"), [("the oak tree", "the Elm Of Our Village"), ("first of May", "second of June")]
)
def test_a_name_or_a_date_is_no_change(said: str, instead: str):
    assert said in MILL
    assert found(MILL.replace(said, instead)) == [("mill", "exact")]


def test_what_stands_before_a_licence_speaks_of_the_file_and_what_limits_it_stands_behind():
    assert found(f"Only the wheel is under this license.\n{MILL}") == [("mill", "contained")]
    assert found(f"{MILL}\nNever on Sundays.") == [("mill", "modified")]


def test_a_licence_that_is_a_part_of_another_is_not_told_beside_it():
    longer = (
        MILL
        + "\n7. "
        + " ".join(f"On day {n} of the month the sacks are counted by {n} people." for n in range(12))
    )
    references = References([fingerprint_of(MILL, "mill"), fingerprint_of(longer, "longer")])
    assert [one.key for one in match(longer, references)] == ["longer"]
    assert [one.key for one in match(MILL, references)] == ["mill"]


def test_one_licence_may_have_several_texts():
    references = References([fingerprint_of(MILL, "mill"), fingerprint_of(RESEARCH_MILL, "mill")])
    for text in (MILL, RESEARCH_MILL):
        (one,) = match(text, references)
        assert (one.key, one.how, one.runner_up) == ("mill", How.EXACT, "")


def said(text: str) -> list[tuple[str, str]]:
    """What a text is taken for among all licences that the hub knows."""
    return [(one.key, str(one.how)) for one in match(text)]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        (
            'Copyright 2024 The Mill\n\nLicensed under the Apache License, Version 2.0 (the "License");',
            "apache-2.0",
        ),
        ("This program is distributed under the MIT License.", "mit"),
        ("Released under the terms of the BSD 3-Clause License.", "bsd-3-clause"),
        (
            "This program is free software: you can redistribute it and/or modify it under the terms of "
            "the GNU General Public License as published by the Free Software Foundation, either version "
            "3 of the License, or (at your option) any later version.",
            "gpl-3.0",
        ),
        ("under the GNU Lesser General Public License, version 2.1 or later", "lgpl-2.1"),
        ("Licensed under the GNU AGPL v3.", "agpl-3.0"),
        ("See https://creativecommons.org/licenses/by-nc-sa/4.0/ for the terms.", "cc-by-nc-sa-4.0"),
        (
            "This is licensed under a Creative Commons Attribution-NonCommercial 4.0 International License.",
            "cc-by-nc-4.0",
        ),
        (
            "This Source Code Form is subject to the terms of the Mozilla Public\nLicense, v. 2.0.",
            "mpl-2.0",
        ),
        (
            "Llama 3.1 is licensed under the Llama 3.1 Community License, Copyright © Meta Platforms, Inc.",
            "llama3.1",
        ),
        ("Meta Llama 3 is licensed under the Meta Llama 3 Community License, Copyright © Meta", "llama3"),
        ("Gemma is provided under and subject to the Gemma Terms of Use found at the address.", "gemma"),
        ("DBRX is provided under and subject to the Databricks Open Model License.", "dbrx"),
        ("Licensed by NVIDIA Corporation under the NVIDIA Open Model License", "nvidia-open-model"),
        ("This model is licensed under the Stability AI Community License", "stability-community"),
    ],
)
def test_a_short_notice_says_under_what_a_file_stands(text: str, key: str):
    assert said(text) == [(key, "notice")]


@pytest.mark.parametrize(
    "text",
    [
        "We thank the authors of the Apache License, Version 2.0, for their work.",
        "Not like the MIT License.",
        "It is BSD-style licensed.",
        "Licensed under the Llama 9 Community License.",
    ],
)
def test_a_licence_that_is_only_talked_about_is_none(text: str):
    assert said(text) == []


def test_a_notice_in_a_long_text_is_about_something_else():
    assert said(f"{LETTER} It is licensed under the MIT License.") == []


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("# SPDX-License-Identifier: Apache-2.0\n", {"apache-2.0"}),
        ("/* SPDX-License-Identifier: MIT OR Apache-2.0 */", {"mit", "apache-2.0"}),
        ("<!-- SPDX-License-Identifier: CC-BY-4.0 -->", {"cc-by-4.0"}),
        ("SPDX-License-Identifier: GPL-2.0-only WITH Classpath-exception-2.0", {"gpl-2.0"}),
        ("SPDX-License-Identifier: LicenseRef-Mill", set()),
        ("SPDX-License-Identifier: (MIT OR", set()),
    ],
)
def test_an_spdx_tag_is_read(text: str, keys: set[str]):
    assert {key for key, how in said(text) if how == "tag"} == keys


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("GLM-130B License", "glm-130b"),
        ("# Grok 2 Community License Agreement\n\nPlease see our pages.", "grok2-community"),
        ("**Mistral AI Research License**\n\nIf You want to use it, ask us.", "mistral-research"),
        ("Apache License\nVersion 2.0, January 2004\n\nThe text is in our other repository.", "apache-2.0"),
    ],
)
def test_a_title_line_alone_is_the_least_there_is(text: str, key: str):
    assert said(text) == [(key, "title")]


def test_a_policy_of_use_is_not_the_licence_it_belongs_to():
    policy = (
        "# Llama 3.1 Acceptable Use Policy\n\nMeta is committed to promoting safe and fair use of its tools."
    )
    assert said(policy) == []


def test_a_hostile_file_takes_no_long_time():
    # Within the size that is read at all; a file like this takes about a second.
    for text in (
        "a b " * 65_000,
        "(" * 262_144,
        "copyright " * 26_000,
        "<a " * 87_000,
        "1. " * 87_000,
        "neither the name of " * 13_000,
    ):
        assert said(text) == []


def test_all_matches_are_within_the_text():
    text = f"{LETTER}\nSPDX-License-Identifier: MIT\n"
    assert all(isinstance(one, Match) and 0 <= one.start < one.end <= len(text) for one in match(text))
    assert known_references() is known_references()


def test_a_word_that_is_turned_is_seen_although_its_neighbours_stand_elsewhere():
    parts = [
        f"The holder of part {n} may copy part {n} and sell it to neighbour {n + 50}.\n"
        f"The keeper of tool {n} may not copy tool {n} nor lend it to neighbour {n + 90}."
        for n in range(40)
    ]
    text = "\n\n".join(["The Workshop License", *parts])
    references = References([fingerprint_of(text, "workshop", ["The Workshop License"])])
    assert [one.how for one in match(text, references)] == [How.EXACT]
    for n in (0, 17, 39):
        turned = text.replace(f"part {n} may copy", f"part {n} may not copy")
        allowed = text.replace(f"tool {n} may not copy", f"tool {n} may copy")
        assert {turned, allowed}.isdisjoint({text})
        assert [one.how for one in match(turned, references)] == [How.MODIFIED]
        assert [one.how for one in match(allowed, references)] == [How.MODIFIED]


def test_tags_name_registered_licences_too():
    book = built_in().with_([as_licence({"id": "pond-1.0", "name": "Pond", "spdx": ["LicenseRef-pond"]})])
    for tag in ("pond-1.0", "LicenseRef-pond", "MIT OR pond-1.0"):
        text = f"# SPDX-License-Identifier: {tag}\n"
        assert "pond-1.0" in {one.key for one in match(text, REFERENCES, book)}
        assert "pond-1.0" not in {one.key for one in match(text, REFERENCES)}
