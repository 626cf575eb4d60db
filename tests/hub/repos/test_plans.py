"""No list and no search reads the whole table."""

import pytest
from django.db import connection

from accounts.actors import ANONYMOUS, Actor
from hub.repos import listing, search
from hub.repos.lists import RELEVANCE, SORTS, Wanted, list_repositories, listed
from tests import plans
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
COPIES = """
INSERT INTO hub_repository (
    namespace_id, name, kind, visibility, gated, created_at, updated_at, head, card, description, licence,
    pipeline_tag, library, tags, downloads, likes, parameters,
    commercial_use, licence_text, licence_clear, name_words, card_words
) SELECT
    namespace_id, 'copy' || n, kind, CASE WHEN n %% 20 = 0 THEN 'private' ELSE 'public' END,
    CASE WHEN n %% 100 = 0 THEN 'auto' ELSE '' END, now() - n * interval '1 hour',
    now() - n * interval '1 hour',
    head, card, '', '', 'fill-mask', '', ARRAY['often', 'rare' || n / 20, 'fill-mask'], n, n,
    n * 1000000::bigint,
    CASE WHEN n %% 500 = 0 THEN 'conditional' WHEN n %% 300 = 0 THEN 'yes' WHEN n %% 2 = 0 THEN 'no'
        ELSE '' END,
    n %% 400 = 0, n %% 3 > 0,
    'copy copy' || n, 'words of card number' || n / 20
FROM hub_repository, generate_series(1, 20000) n WHERE id = %s
"""
WANTED = {
    "all": {},
    "a frequent tag": {"tags": ["often"]},
    "a rare tag": {"tags": ["rare7"]},
    "no such tag": {"tags": ["often", "absent"]},
    "a task": {"pipeline_tag": "fill-mask"},
    "gated": {"gated": True},
    "for commercial use": {"commercial_use": "yes"},
    "for commercial use, with conditions": {"commercial_use": "conditional", "tags": ["rare7"]},
    "with a licence's text": {"licence_text": True},
    "a text and no contradiction": {"licence_text": True, "licence_clear": True},
    "large": {"parameters": (19_900_000_000, None)},
    "an author of few": {"author": "few"},
    "an author of all": {"author": "ada"},
    "a frequent word": {"search": "words"},
    "a rare word": {"search": "number7"},
    "a beginning": {"search": "c"},
    "a name": {"search": "ada/copy77"},
    "nothing": {"search": "absent"},
    "a word and a tag": {"search": "copy", "tags": ["rare7"]},
}


@pytest.fixture
def crowd() -> Actor:
    """One of two people; ada has twenty thousand models."""
    ada, few = make_user("ada"), make_user("few")
    model = make_repository(ada)
    make_repository(few)
    with connection.cursor() as cursor:
        cursor.execute(COPIES, [model.pk])
        cursor.execute("ANALYZE hub_repository")
    return Actor(few, None)


@pytest.mark.parametrize("sort", [*SORTS, RELEVANCE])
def test_every_list_is_read_from_an_index(crowd, sort, monkeypatch):
    # As far from the whole table as it would be from a large one.
    monkeypatch.setattr(listing, "NEAR", 100)
    monkeypatch.setattr(listing, "FAR", 1000)
    monkeypatch.setattr(listing, "FEW", 100)
    monkeypatch.setattr(search, "FEW", 100)
    for what, wanted in WANTED.items():
        for actor in (ANONYMOUS, crowd):
            with plans.recorded() as recorded:
                page = list_repositories(actor, Wanted("model", **wanted), sort=sort, limit=20)
                if page.after:
                    list_repositories(actor, Wanted("model", **wanted), sort=sort, after=page.after, limit=20)
                listed(actor, page.ids)
            assert recorded
            assert [plan for plan in recorded if "Seq Scan on hub_repository" in plan] == [], what
