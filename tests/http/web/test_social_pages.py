"""Likes, follows, collections and pictures on the pages."""

from xml.etree import ElementTree

import pytest

from hub.collections import services
from hub.follows.models import Follow
from hub.likes.models import Like
from hub.repos.services import change_settings


@pytest.fixture
def collection(world):
    """A collection of acme with its public model and its private one."""
    admin = world.users["admin"]
    made = services.create_collection(
        namespace=world.organisation, title="Best", description="Our best.", private=False, actor_user=admin
    )
    for thing in (world.public, world.private):
        services.add_item(collection=made, thing=thing, note=f"About {thing.name}", actor_user=admin)
    return made


def test_a_visitor_likes_a_model_by_a_form_and_takes_it_back(world):
    outsider = world.client("outsider")
    assert outsider.post("/acme/bert/like")["Location"] == "/acme/bert"
    page = outsider.get("/acme/bert").content.decode()
    assert 'name="remove" aria-pressed="true"' in page
    assert "Liked" in page
    assert Like.objects.get().user == world.users["outsider"]
    outsider.post("/acme/bert/like", {"remove": ""})
    assert not Like.objects.exists()
    assert 'aria-pressed="false"' in outsider.get("/acme/bert").content.decode()


def test_who_has_no_account_is_shown_where_to_log_in(world):
    nobody = world.client("nobody")
    assert "/accounts/login/?next=/acme/bert" in nobody.get("/acme/bert").content.decode()
    assert nobody.post("/acme/bert/like")["Location"].startswith("/accounts/login/")
    assert nobody.get("/acme/bert/like")["Location"] == "/acme/bert"
    assert nobody.post("/profile/acme/follow")["Location"].startswith("/accounts/login/")


def test_a_visitor_follows_an_organisation_and_no_more(world):
    outsider = world.client("outsider")
    assert outsider.post("/profile/acme/follow")["Location"] == "/acme"
    page = outsider.get("/acme").content.decode()
    assert "1 follower<" in page
    assert "Following" in page
    outsider.post("/profile/acme/follow", {"remove": ""})
    assert not Follow.objects.exists()
    assert outsider.post("/profile/otto/follow").status_code == 400
    assert outsider.post("/profile/none/follow").status_code == 404


def test_a_collection_shows_what_the_visitor_may_see(world, collection):
    for who in world.users:
        page = world.client(who).get(f"/collections/{collection.slug}").content.decode()
        assert "About bert" in page
        assert ("About secret" in page) == (who in ("reader", "writer", "admin"))
        assert ("2 items" in page) == (who in ("reader", "writer", "admin"))
        assert f"/collections/{collection.slug}" in world.client(who).get("/acme").content.decode()


def test_a_private_collection_is_for_members(world, collection):
    collection.private = True
    collection.save()
    for who in world.users:
        member = who in ("reader", "writer", "admin")
        answer = world.client(who).get(f"/collections/{collection.slug}")
        assert answer.status_code == (200 if member else 404)
        assert (collection.key in world.client(who).get("/acme").content.decode()) == member


def test_an_old_slug_leads_to_the_one_of_today(world, collection):
    answer = world.client("nobody").get(f"/collections/acme/worst-{collection.key}")
    assert answer["Location"] == f"/collections/{collection.slug}"
    assert world.client("nobody").get("/collections/acme/none").status_code == 404


def test_what_people_write_into_a_collection_is_text(world, collection):
    item = collection.items.get(repository=world.public)
    item.note = "<script>alert(1)</script>"
    item.save()
    page = world.client("nobody").get(f"/collections/{collection.slug}").content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_like_of_a_repository_gone_private_is_refused_like_a_missing_one(world):
    change_settings(repository=world.public, actor_user=world.users["admin"], visibility="private")
    assert world.client("outsider").post("/acme/bert/like").status_code == 404


def test_a_picture_is_the_same_each_time_and_can_do_nothing(world, django_assert_max_num_queries):
    nobody = world.client("nobody")
    with django_assert_max_num_queries(1):
        answer = nobody.get("/avatars/acme.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert "max-age=600" in answer["Cache-Control"]
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(answer.content).iter()}
    assert tags == {"svg", "rect", "path", "text"}
    assert nobody.get("/avatars/ACME.svg").content == answer.content
    assert nobody.get("/avatars/nobody-of-that-name.svg").status_code == 200
    assert len(answer.content) < 1000


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["acme", "acme.png", ".svg", "a--b.svg", "%3Cb%3E.svg", "x" * 97 + ".svg"])
def test_what_can_be_no_name_has_no_picture(client, name):
    assert client.get(f"/avatars/{name}").status_code == 404
