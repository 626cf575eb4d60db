"""The first page: inviting when there is nothing, and leading on when there is something."""

import pytest

from hub.downloads.selectors import window
from hub.downloads.services import add_days, refresh_trending
from tests.browsing import RawPathClient

pytestmark = pytest.mark.django_db


def get(world, who: str) -> str:
    return world.client(who).get("/").content.decode()


def test_an_empty_hub_says_what_to_do_and_claims_nothing():
    shown = RawPathClient().get("/").content.decode()
    assert "Be the first." in shown
    assert 'href="/accounts/signup/"' in shown
    for claim in ("Trending", "By task", "Organisations that publish"):
        assert claim not in shown


def test_it_leads_to_tasks_and_organisations_with_counts(world):
    shown = get(world, "nobody")
    assert 'href="/models?task=sentence-similarity"' in shown
    assert "1 model<" in shown
    assert "2 models<" in get(world, "reader")
    assert "Be the first." not in shown


def test_what_was_pulled_this_week_is_trending_and_nothing_else_is(world):
    assert "Trending now" not in get(world, "nobody")
    add_days({(world.public.pk, window()[1]): 3})
    refresh_trending()
    assert "Trending now" in get(world, "nobody")


def test_who_is_logged_in_finds_their_organisations_first(world):
    assert 'id="mine"' not in get(world, "nobody")
    mine = get(world, "reader").split('id="mine"')[1].split("</section>")[0]
    assert 'href="/acme"' in mine
    assert 'href="/acme"' not in get(world, "outsider").split('id="mine"')[1].split("</section>")[0]
