"""Texts, names and searches as words."""

import pytest

from hub.repos.words import joined, name_words, search_query, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("A tiny, tiny Model.", ["a", "tiny", "model"]),
        ("snake_case kebab-case v1.5", ["snake", "case", "kebab", "v1", "5"]),
        ("Größe ﬁne Ｆｕｌｌ", ["größe", "fine", "full"]),
        ("Модель Ελληνικά", ["модель", "ελληνικά"]),
        ("日本語モデル", ["日本", "本語", "語モ", "モデ", "デル"]),
        ("用GPT写", ["用", "gpt", "写"]),
        ("' & | ! <-> :* \\ \0", []),
        ("", []),
    ],
)
def test_a_text_is_cut_into_words(text, words):
    assert words_of(text) == words


def test_a_name_is_found_by_its_parts():
    words = name_words("sentence-transformers", "all-MiniLM-L6-v2")
    assert {"sentence", "transformers", "all", "minilm", "mini", "lm", "l6", "6", "v2"} <= set(words)


@pytest.mark.parametrize(
    ("search", "query"),
    [
        ("bert base", "bert:* & base:*"),
        ("llama3", "(llama3:* | (llama & 3))"),
        ("a & !b | c:* 'd\\", "a:* & b:* & c:* & d:*"),
        ("***", ""),
        ("日本", "日本:*"),
    ],
)
def test_a_search_asks_for_beginnings_of_words(search, query):
    assert search_query(search) == query


def test_words_that_very_many_have_are_asked_for_whole():
    assert search_query("bert large", whole={"bert"}) == "bert & large:*"


def test_only_so_many_words_of_so_many_letters_are_searched():
    assert len(search_query(" ".join(f"word{letter}x" for letter in "abcdefghijklmnop")).split(" & ")) == 10
    assert len(search_query("x" * 10_000)) == 62


def test_words_that_do_not_fit_are_left_out_whole():
    assert joined(["one", "two", "three"], 8) == "one two"
    assert joined(["one", "two"], 7) == "one two"
    assert joined(["three"], 4) == ""
