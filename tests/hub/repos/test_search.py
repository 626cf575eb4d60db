"""What a search puts first."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.actors import ANONYMOUS
from hub.repos import frequent, listing, search
from hub.repos.lists import RELEVANCE, Wanted, list_repositories, listed
from hub.repos.models import Repository
from tests.factories.accounts import make_organisation, make_user
from tests.factories.repositories import make_repository

# Name, front matter and text of the card, downloads.
MODELS = [
    ("sentence-transformers", "all-MiniLM-L6-v2", "", "Maps sentences to vectors.", 900),
    ("sentence-transformers", "all-mpnet-base-v2", "", "A larger one than MiniLM.", 50),
    ("google", "bert", "", "The first.", 5),
    ("google", "bert-base-uncased", "", "Base model.", 700),
    ("google", "distilbert", "", "A smaller bert base.", 999),
    ("someone", "tiny-bert", "", "Nothing.", 10),
    ("someone", "tagged", "tags: [bert]", "Nothing.", 800),
    ("someone", "llama-3-8b", "", "The model of the year.", 7),
    ("someone", "hana", "", "日本語の文章を生成するモデル", 3),
]


@pytest.fixture(scope="module")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """One transaction for all tests of this module, which is never committed: they only search."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def some(db: None) -> None:
    """The models, made once."""
    owner = make_user()
    spaces = {name: make_organisation(name, owner=owner) for name in dict.fromkeys(row[0] for row in MODELS)}
    for namespace, name, front, body, downloads in MODELS:
        card = f"---\n{front}\n---\n{body}\n".encode()
        made = make_repository(owner, namespace=spaces[namespace], name=name, files={"README.md": card})
        Repository.objects.filter(pk=made.pk).update(downloads=downloads)


@pytest.fixture(params=["few", "many"])
def models(request, monkeypatch, some):
    """Some models; every rule holds whether all matches are put in order at once or step by step."""
    monkeypatch.setattr(search, "FREQUENT", 0 if request.param == "many" else 1000)
    if request.param == "many":
        monkeypatch.setattr(listing, "NEAR", 1)


def names(text: str, *, sort: str = RELEVANCE, limit: int = 30) -> list[str]:
    """The names that a search finds, over as many pages as there are."""
    found, after = [], None
    while True:
        page = list_repositories(ANONYMOUS, Wanted("model", search=text), sort=sort, after=after, limit=limit)
        assert len(page.ids) <= limit
        found += [repository.name for repository in listed(ANONYMOUS, page.ids)]
        after = page.after
        if after is None:
            return found


@pytest.mark.parametrize("limit", [1, 2, 30])
@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bert", ["bert", "bert-base-uncased", "tiny-bert", "tagged", "distilbert"]),
        ("BERT", ["bert", "bert-base-uncased", "tiny-bert", "tagged", "distilbert"]),
        ("google/bert", ["bert", "bert-base-uncased", "distilbert"]),
        ("bert base", ["bert-base-uncased", "distilbert"]),
        ("base bert", ["bert-base-uncased", "distilbert"]),
        ("minilm", ["all-MiniLM-L6-v2", "all-mpnet-base-v2"]),
        ("mini lm", ["all-MiniLM-L6-v2"]),
        ("all-MiniLM", ["all-MiniLM-L6-v2", "all-mpnet-base-v2"]),
        ("sentence-transformers/all", ["all-MiniLM-L6-v2", "all-mpnet-base-v2"]),
        ("sentence-transformers/", ["all-MiniLM-L6-v2", "all-mpnet-base-v2"]),
        ("llama3", ["llama-3-8b"]),
        ("the model of the year", ["llama-3-8b"]),
        ("文章", ["hana"]),
        ("モデル", ["hana"]),
        ("absent", []),
        ("nobody/bert", []),
    ],
)
def test_names_come_before_words_and_words_before_cards(models, text, found, limit):
    assert names(text, limit=limit) == found


@pytest.mark.parametrize(
    "text", ["b%", "b_rt", "be\\", "'; --", "a' & 'b", "!", "bert:*", "<->", "x" * 500, "٣"]
)
def test_what_means_something_to_the_database_is_only_text(models, text):
    assert set(names(text)) <= {row[1] for row in MODELS}
    assert set(names("b%")) == set(names("b_")) == set(names("b"))


def test_a_search_can_be_put_in_another_order(models):
    found = names("bert", sort="downloads")
    assert found == ["distilbert", "tagged", "bert-base-uncased", "tiny-bert", "bert"]


def test_a_word_that_very_many_have_is_known_from_the_statistics(models, monkeypatch):
    monkeypatch.setattr(frequent, "FREQUENT_ROWS", 1)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE hub_repository")
    frequent._counted.cache_clear()
    try:
        assert "bert" in frequent.frequent_words()
        assert "hana" not in frequent.frequent_words()
        assert names("bert") == ["bert", "bert-base-uncased", "tiny-bert", "tagged", "distilbert"]
        assert names("han") == ["hana"]
    finally:
        frequent._counted.cache_clear()
