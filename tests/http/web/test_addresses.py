"""Addresses as people type them lead to the page."""

import pytest
from django.utils.http import url_has_allowed_host_and_scheme


@pytest.mark.parametrize(
    ("typed", "leads"),
    [
        ("/acme/", "/acme"),
        ("/acme/bert/", "/acme/bert"),
        ("/datasets/acme/words/?a=b", "/datasets/acme/words?a=b"),
        ("/models/?search=bert", "/models?search=bert"),
        ("/settings/", "/settings"),
        ("/settings", "/settings/profile"),
        # Whether it is there is for the page to say.
        ("/acme/secret/", "/acme/secret"),
    ],
)
def test_a_slash_too_many_leads_to_the_page(world, typed, leads):
    answer = world.client("nobody").get(typed)
    assert (answer.status_code, answer["Location"]) == (302, leads)


@pytest.mark.parametrize("typed", ["/%2Fspy.example/", "///spy.example/", "/%5Cspy.example/"])
def test_no_slash_leads_to_another_site(world, typed):
    said = world.client("nobody").get("/acme/", RAW_URI=typed).get("Location", "/")
    assert url_has_allowed_host_and_scheme(said, None)


def test_nothing_is_sent_to_a_slash_too_many(world):
    assert world.client("admin").post("/acme/bert/").status_code == 405
