"""Pages of people and organisations: what they publish, put in order and searched, and what people like."""

import pytest

from hub.http.web import profiles
from hub.likes.services import like
from tests.factories.repositories import make_repository


def get(world, address: str, who: str = "nobody") -> str:
    answer = world.client(who).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_what_an_organisation_publishes_is_searched_on_its_page(world):
    make_repository(world.users["admin"], namespace=world.organisation, name="whale")
    make_repository(world.users["outsider"], name="whale-of-otto")
    found = get(world, "/acme?search=whale")
    assert "acme/whale" in found
    assert "acme/bert" not in found
    assert "otto" not in found
    assert "None of them matches." in get(world, "/acme?search=absent")
    assert world.client("nobody").get("/acme?sort=absent").status_code == 400


def test_more_than_a_page_has_are_a_link_away(world, monkeypatch):
    monkeypatch.setattr(profiles, "SHOWN", 1)
    assert "/models?author=acme" not in get(world, "/acme")
    assert "/models?author=acme" in get(world, "/acme", "reader")


@pytest.mark.parametrize(("who", "count"), [("nobody", 1), ("reader", 2)])
def test_likes_of_what_the_visitor_may_see_are_on_a_persons_page(world, who, count):
    reader = world.users["reader"]
    for repository in (world.public, world.private):
        like(repository=repository, user=reader)
    likes = get(world, f"/{reader.username}", who).split('id="likes"')[1]
    assert f'<span class="soft">{count}</span>' in likes
    assert ("acme/secret" in likes) == (count == 2)


def test_members_have_their_picture_and_role(world):
    shown = get(world, "/acme")
    assert "/avatars/anna.svg" in shown
    assert 'Members <span class="soft">3</span>' in shown
