"""What of a text counts when licences are compared."""

import textwrap

import pytest

from hub.licensing.normal_form import normal_form, phrase
from tests.hub.licensing.texts import MILL

TERMS = "the river’s “Water” is provided as it is, and the licensee (the miller) may use it."


@pytest.mark.parametrize(
    "written",
    [
        'THE RIVER\'S "WATER" IS PROVIDED AS IT IS, AND THE LICENSEE (THE MILLER) MAY USE IT.',
        "the river's 'water'\nis provided as it is,\r\nand the licensee (the miller)\tmay use it",
        "\ufeffThe river&rsquo;s &quot;Water&quot; is provided as it is,\nand the licensee (the miller) may "
        "use it.",
        "<p>The <b>river's</b> Water is provided as it is, and the licensee (the miller)<br>may use it.</p>",
        " * The river's *Water* is provided as it is,\n * and the licensee (the `miller`) may use it.",
        "# Copyright (c) 2021-2024 Jane Doe <jane@example.org>\n# All rights reserved.\n#\n# " + TERMS,
        "© 2020 The Mill\n\n1. " + TERMS,
        "(a) " + TERMS,
        "ii) " + TERMS,
        "The ｒｉｖｅｒ's Water is provided as it is, and the licensee (the miller) may use it.",
    ],
)
def test_what_changes_no_meaning_changes_no_word(written: str):
    assert phrase(written) == phrase(TERMS)


@pytest.mark.parametrize(
    "written",
    [
        "the river’s water is not provided as it is, and the licensee (the miller) may use it.",
        "the river’s water is provided as it is, and the licensor (the miller) may use it.",
    ],
)
def test_what_changes_a_meaning_stays(written: str):
    assert phrase(written) != phrase(TERMS)


def test_wrapping_does_not_matter():
    flowing = "\n\n".join(textwrap.fill(" ".join(part.split()), 33) for part in MILL.split("\n\n"))
    assert normal_form(flowing).words == normal_form(MILL).words
    assert normal_form(" ".join(MILL.split())).words == normal_form(MILL).words


def test_versions_are_one_word_and_two_plus_signs_stay():
    assert phrase("Llama 3.1, not Llama 3") == "llama 3.1 not llama 3"
    assert phrase("Version v2.0 and v3") == "version 2.0 and 3"
    assert phrase("RAIL++-M") == "rail++ m"


def test_names_that_are_filled_in_do_not_count():
    terms = "Neither the name of {} nor the names of its friends may be used. In no event shall {} be liable."
    assert phrase(terms.format("the Mill", "THE MILLER")) == phrase(
        terms.format("Jane & Co, the\nbakers of the town", "THE BAKERS")
    )


def test_chinese_is_read_by_the_character():
    assert normal_form("许可方 grants 您").words == ["许", "可", "方", "grants", "您"]


def test_every_word_knows_its_place():
    text = "<i>Bread</i> &amp; “Butter”"
    form = normal_form(text)
    assert [text[start:end] for start, end in zip(form.starts, form.ends, strict=True)] == ["Bread", "Butter"]
