"""What a card asks at a gate: every field's type, what is wrong with answers, and what authors get wrong."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.repos.cards import parse_card
from hub.repos.countries import COUNTRIES
from hub.repos.gate_forms import (
    OUTSIDE_EU,
    FieldType,
    GateField,
    GateForm,
    read_answers,
    read_gate_form,
    with_licence,
)
from tests.factories.gates import ANSWERS, CARD

WORDS = st.text(st.sampled_from("ab \0\n:"), max_size=5) | st.sampled_from(["type", "options", "select"])
FORM = read_gate_form(parse_card(CARD.decode()).data)


def test_the_form_has_what_the_card_says_in_its_order():
    assert (FORM.heading, FORM.prompt, FORM.button) == ("Who are you?", "Be **kind** with it.", "I agree")
    assert [(field.label, field.type.value, field.required) for field in FORM.fields] == [
        ("Organisation", "text", True),
        ("Country", "country", True),
        ("Since when", "date_picker", True),
        ("What for", "select", True),
        ("Web page", "text", False),
        ("I agree to be kind", "checkbox", True),
    ]
    assert FORM.fields[3].options == (("Research", "Research"), ("other", "Anything else"))
    assert dict(FORM.fields[1].options)["Kenya"] == "Kenya"


def test_a_card_that_says_nothing_asks_nothing():
    assert read_gate_form({}) == GateForm()
    assert read_answers(GateForm(), {"more": "than asked"}) == ([], {})


def test_answers_are_kept_as_told_in_the_order_of_the_form():
    answers, problems = read_answers(FORM, ANSWERS | {"Organisation": "  ACME ", "unasked": "x"})
    assert problems == {}
    assert answers == [
        ["Organisation", "ACME"],
        ["Country", "Kenya"],
        ["Since when", "2026-03-31"],
        ["What for", "other"],
        ["Web page", ""],
        ["I agree to be kind", True],
    ]


@pytest.mark.parametrize(
    ("label", "answer"),
    [
        *((label, "") for label in ANSWERS),
        ("Organisation", "x" * 1001),
        ("Organisation", "a\0b"),
        ("Country", "Atlantis"),
        ("Country", "KE"),
        ("Since when", "31.3.2026"),
        ("Since when", "2026-02-30"),
        ("Since when", "20260331"),
        ("What for", "Anything else"),
        ("Web page", "x" * 1001),
    ],
)
def test_what_is_wrong_is_said_of_its_field(label, answer):
    _, problems = read_answers(FORM, ANSWERS | {label: answer})
    assert list(problems) == [label]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ("txt", GateField("A", FieldType.TEXT)),
        (None, GateField("A", FieldType.TEXT)),
        (["text"], GateField("A", FieldType.TEXT)),
        ({"type": "select"}, GateField("A", FieldType.TEXT)),
        ({"type": "select", "options": "Research"}, GateField("A", FieldType.TEXT)),
        (
            {"type": "select", "options": [{}, [], None, "b"]},
            GateField("A", FieldType.SELECT, True, (("b", "b"),)),
        ),
        ({"type": "CHECKBOX", "required": False}, GateField("A", FieldType.CHECKBOX, False)),
    ],
)
def test_a_slip_of_the_author_asks_all_the_same(said, field):
    assert read_gate_form({"extra_gated_fields": {"A": said}}).fields == (field,)


def test_nobodys_address_is_looked_up_and_nameless_fields_are_left_out():
    fields = {"Geo": "ip_location", "  ": "text", "Name": "text"}
    assert [field.label for field in read_gate_form({"extra_gated_fields": fields}).fields] == ["Name"]


def test_a_form_of_any_size_stays_small():
    fields = {f"{number}" * 900: "text" for number in range(10, 99)}
    form = read_gate_form({"extra_gated_fields": fields, "extra_gated_prompt": "x" * 100_000})
    assert len(form.fields) == 50
    assert max(len(field.label) for field in form.fields) <= 1000
    assert len(form.prompt) == 50_000


def test_another_word_makes_another_form():
    others = [
        with_licence(FORM, "MIT", ""),
        read_gate_form({"extra_gated_prompt": "Be kind."}),
        read_gate_form({"extra_gated_fields": {"A": "text"}}),
        read_gate_form({"extra_gated_fields": {"A": "checkbox"}}),
    ]
    assert len({FORM.digest, *(form.digest for form in others)}) == 5
    assert with_licence(FORM, "MIT", "Do.").agreed == "Be **kind** with it.\n\nMIT\n\nDo."


@given(
    st.dictionaries(
        st.sampled_from(["extra_gated_fields", "extra_gated_prompt", "extra_gated_heading"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | WORDS,
            lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner),
            max_leaves=20,
        ),
    )
)
def test_whatever_an_author_writes_is_a_form(data):
    form = read_gate_form(data)
    answers, _ = read_answers(form, {field.label: str(date.today()) for field in form.fields})
    assert len(answers) == len(form.fields)


def test_every_country_has_two_letters_and_a_name_of_its_own():
    assert len(COUNTRIES) == len(set(COUNTRIES.values())) == 249
    assert all(code.isupper() and len(code) == 2 for code in COUNTRIES)


@pytest.mark.parametrize("said", [False, None, "true", 1, [], {"a": 1}])
def test_nobody_is_asked_about_the_union_unless_the_card_says_so(said):
    assert read_gate_form({"extra_gated_eu_disallowed": said}).fields == ()


def test_that_question_is_asked_once_and_is_always_required():
    fields = {OUTSIDE_EU: {"type": "checkbox", "required": False}} | {f"Field {n}": "text" for n in range(60)}
    form = read_gate_form({"extra_gated_eu_disallowed": True, "extra_gated_fields": fields})
    assert len(form.fields) == 51
    assert [field for field in form.fields if field.label == OUTSIDE_EU] == [
        GateField(OUTSIDE_EU, FieldType.CHECKBOX)
    ]
