"""What a form says goes into the front matter, and nothing that an author wrote is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.repos.card_fields import FIELDS, said_by, with_fields
from hub.repos.cards import YamlUnreadable, front_matter_span, load_front_matter, parse_card

CARD = """---
# Who may use it.
license: mit  # chosen by the board
custom: {nested: [1, 2.50, "three"]}
tags:
  # first the plain ones
  - tiny   # really tiny
  - "quoted tag"

  - last
language: [en, 'de']  # two
long: >-
  A text that is folded
  over lines.
anchor: &here 12
---
# Tiny

--- not a marker
"""


def changed(before: str, after: str) -> tuple[list[str], list[str]]:
    """The lines that are only before, and those that are only after."""
    old, new = before.splitlines(), after.splitlines()
    return [line for line in old if line not in new], [line for line in new if line not in old]


def test_one_text_is_changed_in_its_place_and_its_comment_stays():
    assert changed(CARD, with_fields(CARD, {"license": ["apache-2.0"]})) == (
        ["license: mit  # chosen by the board"],
        ["license: apache-2.0  # chosen by the board"],
    )


def test_a_list_keeps_its_comments_and_what_stays_in_it():
    after = with_fields(CARD, {"tags": ["tiny", "last", "no", "a: b"]})
    assert changed(CARD, after) == (['  - "quoted tag"'], ["  - 'no'", "  - 'a: b'"])
    assert parse_card(after).tags == ["tiny", "last", "no", "a: b"]


def test_all_items_of_a_list_can_be_replaced():
    after = with_fields(CARD, {"tags": ["other"]})
    assert "  - other\nlanguage:" in after
    assert "  # first the plain ones\n" in after
    assert parse_card(after).tags == ["other"]


@pytest.mark.parametrize(
    ("wanted", "line"),
    [
        (["de"], "language: ['de']  # two"),
        (["en"], "language: [en]  # two"),
        (["en", "de", "no"], "language: [en, 'de', 'no']  # two"),
        (["fr"], "language: [fr]  # two"),
        (["de", "fr"], "language: ['de', fr]  # two"),
        (["en", "fr"], "language: [en, fr]  # two"),
    ],
)
def test_a_list_on_one_line_stays_on_it(wanted, line):
    assert line in with_fields(CARD, {"language": wanted}).splitlines()


def test_a_key_is_removed_with_its_lines_and_no_other():
    assert changed(CARD, with_fields(CARD, {"license": []})) == (["license: mit  # chosen by the board"], [])
    assert "tags" not in with_fields(CARD, {"tags": []})
    assert parse_card(with_fields(CARD, {"tags": []})).data.keys() == parse_card(CARD).data.keys() - {"tags"}


def test_a_new_key_comes_last():
    after = with_fields(CARD, {"library_name": ["transformers"], "datasets": ["a/b"], "base_model": ["x/y"]})
    assert (
        "anchor: &here 12\nlibrary_name: transformers\ndatasets:\n- a/b\nbase_model: x/y\n---\n# Tiny"
        in after
    )


def test_what_the_card_says_already_changes_no_byte():
    assert with_fields(CARD, said_by(parse_card(CARD), "model")) == CARD


@pytest.mark.parametrize("quote", ["'", '"'])
def test_a_text_keeps_its_quotes(quote):
    text = f"---\nlicense: {quote}mit{quote} # why\n---\n"
    assert with_fields(text, {"license": ["bsd"]}) == f"---\nlicense: {quote}bsd{quote} # why\n---\n"


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "---\nlicense: mit\n---\n"),
        ("# Title\n", "---\nlicense: mit\n---\n\n# Title\n"),
        ("\n# Title\n", "---\nlicense: mit\n---\n\n# Title\n"),
        ("# A\r\nb\r\n", "---\r\nlicense: mit\r\n---\r\n\r\n# A\r\nb\r\n"),
        ("\ufeff# A\n", "\ufeff---\nlicense: mit\n---\n\n# A\n"),
        ("---\n---\n# A", "---\nlicense: mit\n---\n# A"),
        ("---\n\n---\n# A", "---\nlicense: mit\n---\n# A"),
        ("---\n# only words\n---\n# A", "---\n# only words\nlicense: mit\n---\n# A"),
        ("---\r\na: 1\r\n---\r\nB", "---\r\na: 1\r\nlicense: mit\r\n---\r\nB"),
        ("\ufeff---\na: 1\n---\n", "\ufeff---\na: 1\nlicense: mit\n---\n"),
        ("---\nlicense:\n---\n", "---\nlicense: mit\n---\n"),
        ("---\nlicense: # todo\n---\n", "---\nlicense: mit # todo\n---\n"),
        ("---\nlicense: ~\n---\n", "---\nlicense: mit\n---\n"),
        ("---\nlicense: !!str gpl # so\n---\n", "---\nlicense: mit # so\n---\n"),
        ("---\na: !!int 3\n---\n", "---\na: !!int 3\nlicense: mit\n---\n"),
        ("---\nlicense: !!seq\n- !!str gpl\n- !!str mit\n---\n", "---\nlicense: !!seq\n- !!str mit\n---\n"),
        ("---\n'license': gpl\n---\n", "---\n'license': mit\n---\n"),
        ("---\n  a: 1\n---\n", "---\n  a: 1\n  license: mit\n---\n"),
        ("---\nlicense: |\n  gpl\na: |+\n  b\n\n---\n", "---\nlicense: mit\na: |+\n  b\n\n---\n"),
        ("---\na: |\n  b\n---\n", "---\na: |\n  b\nlicense: mit\n---\n"),
        ("---\nlicense: {a: 1}\n---\n", "---\nlicense: mit\n---\n"),
        ("---\nlicense:\n  a: 1\nb: 2\n---\n", "---\nlicense: mit\nb: 2\n---\n"),
        ("---\nlicense: gpl\nü: 😀\n---\n😀", "---\nlicense: mit\nü: 😀\n---\n😀"),
        ("---\nü: 😀\nlicense: gpl\n---\n😀", "---\nü: 😀\nlicense: mit\n---\n😀"),
    ],
)
def test_a_licence_is_written_into_any_card(text, after):
    assert with_fields(text, {"license": ["mit"]}) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("---\nlicense: mit\n---\n# A", "---\n---\n# A"),
        ("---\nlicense: mit\n\n# said\nb: 1\n---\n", "---\n\n# said\nb: 1\n---\n"),
        ("---\na: 1\nlicense:\n- mit\n- bsd\n\nb: 1\n---\n", "---\na: 1\n\nb: 1\n---\n"),
        ("---\r\na: 1\r\nlicense: mit\r\nb: 1\r\n---\r\n", "---\r\na: 1\r\nb: 1\r\n---\r\n"),
        ("# no card\n", "# no card\n"),
        ("---\na: 1\n---\n", "---\na: 1\n---\n"),
    ],
)
def test_a_licence_is_taken_out_of_any_card(text, after):
    assert with_fields(text, {"license": []}) == after


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("---\nlicense: mit\nlicense: gpl\n---\n", "twice"),
        ("---\na: [1\n---\n", "not valid YAML"),
        ("---\na: 1\n", "no line ---"),
        ("---\na: &x 1\nb: *x\n---\n", "aliases"),
        ("---\na: !!python/none x\n---\n", "YAML tag"),
        ("---\n- a\n---\n", "must be a mapping"),
        ("---\n{a: 1, b: 2}\n---\n", "braces"),
        ("---\na: 1\n...\n---\n", "change the text"),
        ("---\na: !ours b\n---\n", "YAML tag !ours"),
        ("---\n? license\n: - mit\n---\n", "written like this"),
    ],
)
def test_a_card_that_cannot_be_written_safely_says_why(text, why):
    with pytest.raises(YamlUnreadable, match=why):
        with_fields(text, {"license": ["apache-2.0", "bsd"]})


def test_a_name_that_stands_twice_does_not_hinder_another_one():
    text = "---\nx: 1\nx: 2\nlicense: mit\n---\n"
    assert with_fields(text, {"license": ["bsd"]}) == text.replace("mit", "bsd")


def test_what_is_no_text_stays_in_a_list():
    text = "---\ntags:\n- a\n- 12\n- true\n---\n"
    assert with_fields(text, {"tags": ["b"]}) == "---\ntags:\n- 12\n- true\n- b\n---\n"


def said(text: str) -> dict:
    """The front matter; its last line ends like the others."""
    span = front_matter_span(text)
    return load_front_matter(f"{text[span[0] : span[1]]}\n") if span else {}


# The machine may be busy with other tests.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
COMMENTS = st.sampled_from(["", "  # a comment", " # ü 😀 'quotes\" [", "   "])
WORDS = st.one_of(
    st.sampled_from(
        ["mit", "no", "yes", "1.0", "a: b", "x # y", "- z", "*a", "&b", "{c}", "[d]", "'", '"', "@"]
    ),
    st.text("aZ 9:#-'\"[]{}&*!,%@`|>\\?~ü中😀", min_size=1, max_size=12).map(str.strip).filter(bool),
)


def quoted(word: str, style: str) -> str:
    return (
        "'" + word.replace("'", "''") + "'"
        if style == "'"
        else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
    )


VALUES = st.builds(quoted, WORDS, st.sampled_from(["'", '"']))


@st.composite
def entries(draw: st.DrawFn, key: str) -> str:
    """One key of a card as people write it, over one or more lines."""
    comment = draw(COMMENTS)
    match draw(st.sampled_from(["text", "flow", "block", "indented", "null", "folded", "mapping"])):
        case "text":
            return f"{key}: {draw(VALUES)}{comment}"
        case "flow":
            return f"{key}: [{', '.join(draw(st.lists(VALUES, max_size=4)))}]{comment}"
        case "null":
            return f"{key}:{comment}"
        case "folded":
            return f"{key}: {draw(st.sampled_from(['|', '>-', '|+']))}\n  one\n\n    two"
        case "mapping":
            return f"{key}:{comment}\n  inner: {draw(VALUES)}\n  # inside"
        case style:
            lead = "  - " if style == "indented" else "- "
            items = draw(st.lists(st.tuples(VALUES, COMMENTS), min_size=1, max_size=4))
            between = draw(st.sampled_from(["\n", "\n\n", f"\n{lead[:-2]}# between\n"]))
            return f"{key}:{comment}\n" + between.join(f"{lead}{word}{said}" for word, said in items)


@st.composite
def cards(draw: st.DrawFn) -> str:
    """A whole card with unknown keys, comments, any line ends, and perhaps a body."""
    keys = draw(st.lists(st.sampled_from(["license", "tags", "x", "y", "language", "ü"]), unique=True))
    lines = []
    for key in keys:
        lines += draw(st.sampled_from([[], ["# above"], [""]]))
        lines.append(draw(entries(key)))
    front = "".join(f"{line}\n" for line in lines)
    body = draw(st.sampled_from(["", "# Title\n", "\n\ntext\n---\nmore"]))
    text = f"---\n{front}---\n{body}" if draw(st.booleans()) or front else body
    return draw(st.sampled_from(["", "\ufeff"])) + text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@UNHURRIED
@given(cards(), st.sampled_from(["license", "tags", "language"]), st.lists(WORDS, max_size=4, unique=True))
def test_whatever_a_card_looks_like_only_that_key_changes(text, key, wanted):
    before = parse_card(text)
    try:
        after = with_fields(text, {key: wanted})
    except YamlUnreadable:
        return
    card = parse_card(after)
    assert set(card.problems) <= set(before.problems)
    assert set(said_by(card, "model")[key]) == set(wanted)
    others, kept = ([item for item in said(card).items() if item[0] != key] for card in (text, after))
    assert others == kept
    assert card.body == before.body or card.body.strip() == before.body.strip() and not before.data
    assert with_fields(after, {key: wanted}) == after
    assert after.count("# above") == text.count("# above")
    assert ("\r\n" in text) == ("\r\n" in after) or "\n" not in text
    assert "\n" not in after.replace("\r\n", "") or "\r\n" not in text


@UNHURRIED
@given(cards(), st.sampled_from(["license", "tags", "language"]), WORDS)
def test_cards_as_people_write_them_can_be_changed(text, key, word):
    """Not being able is for what hardly anybody writes: none of these cards is refused."""
    assert said_by(parse_card(with_fields(text, {key: [word]})), "model")[key] == [word]


@UNHURRIED
@given(cards(), st.sampled_from(["model", "dataset"]))
def test_saying_what_is_said_changes_nothing(text, kind):
    assert with_fields(text, said_by(parse_card(text), kind)) == text


@UNHURRIED
@given(st.text(max_size=200))
def test_any_text_is_written_or_refused(text):
    try:
        after = with_fields(text, {"license": ["mit"]})
    except YamlUnreadable:
        return
    assert parse_card(after).license == "mit"
    assert front_matter_span(after)


def test_every_field_of_a_form_is_a_name_of_cards():
    assert set(FIELDS["dataset"]) - {"task_categories"} <= set(FIELDS["model"])
