"""Cards: what authors write, and what must never break a page."""

import json
import time

import pytest

from hub.repos.cards import Card, first_paragraph, front_matter_split, parse_card

FULL = """---
license: apache-2.0
language: [en, no]
tags:
- text-embeddings
- small
pipeline_tag: feature-extraction
library_name: sentence-transformers
base_model: nreimers/MiniLM-L6-H384-uncased
date: 2024-01-31
---
# Mini *model*

Words.
"""


def test_a_full_card_is_read_into_its_fields():
    card = parse_card(FULL)
    assert (card.license, card.pipeline_tag, card.library_name) == (
        "apache-2.0",
        "feature-extraction",
        "sentence-transformers",
    )
    assert card.language == ["en", "no"]
    assert card.tags == ["text-embeddings", "small"]
    assert card.base_model == ["nreimers/MiniLM-L6-H384-uncased"]
    assert card.data["date"] == "2024-01-31"
    assert card.title == "Mini *model*"
    assert card.body.startswith("# Mini")
    assert card.problems == []


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n"])
def test_byte_order_marks_and_line_ends_of_any_system_do_not_matter(start: str, newline: str):
    card = parse_card(start + "---\nlicense: mit\n---\nbody\n".replace("\n", newline))
    assert card.license == "mit"
    assert card.body.strip() == "body"


@pytest.mark.parametrize(
    "text", ["", "# Only words\n", "a --- b\n---\n", "---\n", "---\n\nA rule, no card.\n"]
)
def test_a_readme_without_front_matter_has_no_problem(text: str):
    card = parse_card(text)
    assert (card.data, card.problems, card.license) == ({}, [], None)
    assert card.body == text


def test_empty_front_matter_is_an_empty_card():
    assert parse_card("---\n---\nbody") == Card(body="body")
    assert parse_card("---\n\n---\nbody").body == "body"


@pytest.mark.parametrize(
    ("front", "words"),
    [
        ("license: mit\ntags: [a", "not valid YAML"),
        ("license: mit\n  bad: indent", "line 3"),
        ("- a\n- b", "mapping"),
        ("just words", "mapping"),
        ("a: &x [1, 2]\nb: *x", "aliases"),
        ("a: !!python/object/apply:os.system ['true']", "YAML tag !!python/object/apply:os.system,"),
        ("a: !!timestamp no", "YAML tag !!timestamp,"),
        ("a: !ours no", "YAML tag !ours,"),
        ("a: !!int no", "says !!int before “no”"),
        ("a: !!bool maybe", "says !!bool before “maybe”"),
        ("a: !!null something", "says !!null before “something”"),
        ("a: !!str [no]", "not valid YAML"),
        ("a: " + "[" * 40 + "]" * 40, "deeper"),
        ("a: " + "[" * 100_000, "deeper"),
        ("a: " + "1" * 5000, "not valid YAML"),
        ("d: 2024-13-45", "not valid YAML"),
        ("? [a, b]\n: list", "not valid YAML"),
        ('s: "\\ud800"', "not valid YAML"),
        ("a: \x01", "not valid YAML"),
        ("a: " + "x" * 1024 * 1024, "larger than"),
    ],
)
def test_front_matter_that_cannot_be_used_is_named_and_never_raises(front: str, words: str):
    card = parse_card(f"---\n{front}\n---\nbody\n")
    assert len(card.problems) == 1
    assert words in card.problems[0]
    assert (card.data, card.body) == ({}, "body\n")


def test_values_may_say_which_kind_they_are_where_it_is_one_of_yaml_itself():
    front = (
        "license: !!str mit\ntags: !!seq [!!str 1, b]\na: !!map {b: !!int 3, c: !!float 2}\n"
        "d: !!bool true\ne: !!null ~\n!!str f: 1\n"
    )
    card = parse_card(f"---\n{front}---\n")
    assert card.problems == []
    assert (card.license, card.tags) == ("mit", ["1", "b"])
    others = {key: card.data[key] for key in "adef"}
    assert others == {"a": {"b": 3, "c": 2.0}, "d": True, "e": None, "f": 1}


@pytest.mark.parametrize(
    "text",
    [
        "---\na: 1" + ":1" * 60_000 + "\n---\n",
        "---\na: 1" + ":1" * 60_000 + ".5\n---\n",
        "---\na: !!int 1" + ":1" * 60_000 + "\n---\n",
        "---\na: !!float 1" + ":1" * 60_000 + "\n---\n",
        "---\na: 0x" + "f" * 120_000 + "\n---\n",
        "---\na: [" + "[]," * 40_000 + "]\n---\n",
        "---\na: [" + "[]," * 330_000 + "]\n---\n",
        "---\n" + "".join(f"{number}: 1\n" for number in range(12_000)) + "---\n",
        "# a" + "#" * 9990 + "x",
        "#" + " " * 9990,
        "# " + "# " * 4990 + "x",
        "---" + " " * 1_000_000,
        "\n---" * 250_000,
    ],
    ids=range(13),
)
def test_no_card_is_slow_to_read(text: str):
    before = time.process_time()
    parse_card(text)
    assert time.process_time() - before < 5


def test_numbers_are_numbers_and_times_with_colons_are_words():
    card = parse_card("---\na: 1_000\nb: -1.5e+3\nc: 0x1f\nd: 017\ne: .5\nf: 12:30\ng: 1:2.5\nh: 0\n---\n")
    assert card.data == {
        "a": 1000,
        "b": -1500.0,
        "c": 31,
        "d": 15,
        "e": 0.5,
        "f": "12:30",
        "g": "1:2.5",
        "h": 0,
    }


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ("# One ##\n", "One"),
        ("text\n#\tTwo\r\n", "Two"),
        ("# ###\n", None),
        ("#no\n", None),
        ("# C# is\n", "C# is"),
    ],
)
def test_the_first_heading_is_the_title(body: str, title: str | None):
    assert parse_card(body).title == title


def test_a_missing_end_marker_is_told():
    card = parse_card("---\nlicense: mit\n\n# Title\n")
    assert card.license is None
    assert "no line ---" in card.problems[0]


@pytest.mark.parametrize(
    ("front", "field"),
    [
        ("license: {a: b}", "license"),
        ("license_name: [x]", "license_name"),
        ("pipeline_tag: [x]", "pipeline_tag"),
        ("library_name: 3", "library_name"),
        ("tags: {a: b}", "tags"),
        ("tags: [a, 1]", "tags"),
        ("base_model: 7", "base_model"),
    ],
)
def test_a_value_of_the_wrong_type_is_a_problem_that_names_its_field(front: str, field: str):
    card = parse_card(f"---\n{front}\n---\n")
    assert [problem.split('"')[1] for problem in card.problems] == [field]
    assert getattr(card, field) in (None, [], ["a"])
    assert card.data


def test_several_licences_are_kept_and_the_first_stands_for_them():
    card = parse_card("---\nlicense: [mit, apache-2.0]\n---\n")
    assert card.license == "mit"
    assert card.data["license"] == ["mit", "apache-2.0"]


def test_odd_values_become_json_that_postgresql_takes():
    front = 'n: .nan\ni: .inf\nz: "a\\0b"\ns: "\\U0001F600"\nbig: 0x' + "f" * 5000 + "\n1: one\n"
    card = parse_card(f"---\n{front}---\n")
    text = json.dumps(card.data, allow_nan=False)
    assert "\\u0000" not in text
    assert card.data["1"] == "one"


def test_the_split_ends_at_the_first_marker_on_a_line_of_its_own():
    front, body = front_matter_split("---\na: b --- c\n--- \nx\n---\ny")
    assert front == "a: b --- c"
    assert body == "x\n---\ny"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("# Title\nThis is a [small](x.md) *model*:\nit sums.\n\nMore.", "This is a small model: it sums."),
        ("```python\nimport x\n```\n\nAfter `code`.", "After code."),
        ("<p>html</p>\n\n![logo](x.png)\n\n- a list\n\n> a quote\n\nWords.", "Words."),
        ("| a |\n|---|\n", "| a | |---|"),
        ("word " * 200, ("word " * 60).strip()[:300]),
        ("", ""),
    ],
)
def test_a_card_is_described_by_its_first_paragraph(body, text):
    assert first_paragraph(body).strip() == text
