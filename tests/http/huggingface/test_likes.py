"""Who may like, and who learns of it."""

import pytest

from hub.likes.models import Like
from hub.likes.services import like
from hub.repos.services import change_settings
from tests.factories.accounts import make_token, make_user, suspend
from tests.factories.repositories import make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def thing(people):
    """A public model of the organisation."""
    admin = people["admin"]
    return make_repository(admin, namespace=admin.memberships.get().organisation, name="thing")


def hide(repository, admin) -> None:
    change_settings(repository=repository, actor_user=admin, visibility="private")


def test_everybody_with_an_account_likes_what_they_see(people, thing):
    for who in people.values():
        if who:
            assert Api(who).post("/api/models/the-lab/thing/like", {}).status_code == 200
            assert Api(who).post("/api/models/The-Lab/Thing/like", {}).status_code == 200
    assert Api().get("/api/models/the-lab/thing").json()["likes"] == len(people) - 1
    assert Api(people["outsider"]).send("DELETE", "/api/models/the-lab/thing/like", "").status_code == 200
    assert Api().get("/api/models/the-lab/thing").json()["likes"] == len(people) - 2
    assert Api().post("/api/models/the-lab/thing/like", {}).status_code == 401
    assert Api().get("/api/models/the-lab/thing/like").status_code == 405


def test_a_token_that_may_only_read_likes_nothing(people, thing):
    reader = Api(people["admin"], role="read")
    assert reader.post("/api/models/the-lab/thing/like", {}).status_code == 403
    assert reader.send("DELETE", "/api/models/the-lab/thing/like", "").status_code == 403
    _, fine = make_token(people["admin"], role="fine-grained")
    client = Api()
    client.headers = {"Authorization": f"Bearer {fine}"}
    assert client.post("/api/models/the-lab/thing/like", {}).status_code == 403
    assert not Like.objects.exists()


def test_a_private_repository_never_shows_by_likes(people, thing):
    member, outsider = people["read"], people["outsider"]
    for who in (member, outsider):
        like(repository=thing, user=who)
    hide(thing, people["admin"])
    for who, seen in (("nobody", 0), ("outsider", 0), ("read", 1), ("admin", 1)):
        for liker in (member, outsider):
            listed = Api(people[who]).get(f"/api/users/{liker.username}/likes")
            assert len(listed.json()) == seen
            assert "Link" not in listed
            overview = Api(people[who]).get(f"/api/users/{liker.username}/overview")
            assert overview.json()["numLikes"] == seen
    assert Api(outsider).get("/api/models/the-lab/thing/likers").status_code == 404
    assert Api(outsider).send("DELETE", "/api/models/the-lab/thing/like", "").status_code == 404


def test_likers_come_the_newest_first_in_pages_and_without_the_suspended(
    thing, django_assert_max_num_queries
):
    fans = [make_user() for _ in range(5)]
    for fan in fans:
        like(repository=thing, user=fan)
    suspend(fans[1])
    expected = [fan.username for fan in reversed(fans) if fan != fans[1]]
    path, found, pages = "/api/models/the-lab/thing/likers?limit=2", [], 0
    while path:
        with django_assert_max_num_queries(2):
            answer = Api().get(path)
        found += [row["user"] for row in answer.json()]
        pages += 1
        path = answer["Link"].partition(">")[0].removeprefix("<http://testserver") if "Link" in answer else ""
    assert (found, pages) == (expected, 2)
    with django_assert_max_num_queries(2):
        [*_, last] = Api().get("/api/models/the-lab/thing/likers").json()
    assert last == {
        "type": "user",
        "user": fans[0].username,
        "fullname": fans[0].username,
        "avatarUrl": f"http://testserver/avatars/{fans[0].username}.svg",
        "details": "",
        "isPro": False,
    }
    assert Api().get(f"/api/users/{fans[1].username}/likes").status_code == 404


@pytest.mark.parametrize("number", [1, 6])
def test_a_page_of_likes_costs_the_same_however_long(django_assert_max_num_queries, number):
    fan = make_user("fan")
    for _ in range(number):
        like(repository=make_repository(), user=fan)
    with django_assert_max_num_queries(2):
        assert len(Api().get("/api/users/FAN/likes").json()) == number


@pytest.mark.parametrize("query", ["cursor=x", "limit=x", "cursor="])
def test_a_bad_page_is_refused_by_name(query):
    make_user("fan")
    answer = Api().get(f"/api/users/fan/likes?{query}")
    assert answer.status_code == 400
    assert answer.json()["field"] == query.partition("=")[0]
