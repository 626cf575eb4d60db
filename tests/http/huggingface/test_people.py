"""Users and organisations as anybody may know them, and what only members do."""

import re

import pytest

from accounts.domains.services import set_verified_domain
from accounts.profiles.services import change_profile, set_picture
from hub.follows.services import follow
from tests.builders.pictures import png
from tests.factories.accounts import make_member, make_organisation, make_token, make_user, suspend
from tests.factories.repositories import add_large, make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def lab(people):
    """The organisation with a public and a private model and a private dataset."""
    admin = people["admin"]
    lab = admin.memberships.get().organisation
    make_repository(admin, namespace=lab, name="open")
    make_repository(admin, namespace=lab, name="shut", visibility="private")
    make_repository(admin, namespace=lab, name="words", visibility="private", kind="dataset")
    return lab


def test_an_overview_counts_what_the_caller_may_see(people, lab):
    for name, who in people.items():
        seen = Api(who).get("/api/organizations/The-Lab/overview").json()
        member = name not in ("nobody", "outsider")
        assert (seen["numModels"], seen["numDatasets"]) == ((2, 1) if member else (1, 0))
        assert (seen["name"], seen["numUsers"], seen["numFollowers"]) == ("the-lab", 4, 0)
        assert seen["avatarUrl"] == "http://testserver/avatars/the-lab.svg"
        assert ("isFollowing" in seen) == (who is not None)


def test_an_overview_of_a_user_tells_nothing_private(people):
    ada = make_user("ada", full_name="Ada L")
    make_repository(ada, visibility="private")
    follow(namespace=people["admin"].namespace, user=ada)
    follow(namespace=ada.namespace, user=people["outsider"])
    seen = Api(people["outsider"]).get("/api/users/ADA/overview").json()
    assert (seen["user"], seen["fullname"], seen["numModels"]) == ("ada", "Ada L", 0)
    assert (seen["numFollowers"], seen["numFollowing"], seen["isFollowing"]) == (1, 1, True)
    assert "example.org" not in str(seen)
    assert Api(ada).get("/api/users/ada/overview").json()["numModels"] == 1
    orgs = Api().get(f"/api/users/{people['admin'].username}/overview").json()["orgs"]
    assert [each["name"] for each in orgs] == ["the-lab"]


def test_an_overview_has_the_profile_the_picture_and_the_mark_of_a_verified_domain(people, lab):
    admin = people["admin"]
    change_profile(namespace=lab, actor=admin, full_name="The Lab", description="We measure.", homepage="")
    set_picture(namespace=lab, actor=admin, data=png())
    before = Api().get("/api/organizations/the-lab/overview").json()
    set_verified_domain(organisation=lab, domain="lab.example")
    after = Api().get("/api/organizations/the-lab/overview").json()
    assert (before["isVerified"], after["isVerified"]) == (False, True)
    assert (after["fullname"], after["details"]) == ("The Lab", "We measure.")
    # The address changes with the picture, so that no cache shows the one before.
    assert re.fullmatch(r"http://testserver/avatars/the-lab\.svg\?\w+", after["avatarUrl"])
    [seen] = Api().get(f"/api/users/{admin.username}/overview").json()["orgs"]
    assert {key: seen[key] for key in ("details", "isVerified", "avatarUrl")} == {
        key: after[key] for key in ("details", "isVerified", "avatarUrl")
    }
    change_profile(namespace=admin.namespace, actor=admin, full_name="", description="I count.", homepage="")
    assert Api().get(f"/api/users/{admin.username}/overview").json()["details"] == "I count."


@pytest.mark.parametrize("page", ["overview", "followers", "following", "likes"])
def test_a_suspended_user_looks_like_a_missing_one(page):
    gone = make_user("gone")
    suspend(gone)
    hidden, missing = (Api().get(f"/api/users/{name}/{page}") for name in ("gone", "none"))
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    make_organisation("people-only")
    assert Api().get(f"/api/users/people-only/{page}").content == missing.content
    assert Api().get("/api/organizations/gone/overview").status_code == 404


def test_following_is_for_write_tokens_and_never_of_oneself():
    ada, bob = make_user("ada"), make_user("bob")
    lab = make_organisation("lab", owner=bob)
    for path in ("/api/users/bob", "/api/organizations/lab"):
        assert [Api(ada).post(f"{path}/follow", {}).status_code for _ in range(2)] == [200, 200]
        assert [row["user"] for row in Api().get(f"{path}/followers").json()] == ["ada"]
        assert Api(ada).get(f"{path}/overview").json()["isFollowing"] is True
        assert Api(ada, role="read").send("DELETE", f"{path}/follow", "").status_code == 403
        assert Api(ada).send("DELETE", f"{path}/follow", "").status_code == 200
        assert Api().get(f"{path}/followers").json() == []
        assert Api().post(f"{path}/follow", {}).status_code == 401
        assert Api(ada, role="read").post(f"{path}/follow", {}).status_code == 403
        assert Api().get(f"{path}/follow").status_code == 405
    own = Api(ada).post("/api/users/ada/follow", {})
    assert (own.status_code, own.json()["field"]) == (400, "user")
    assert Api(ada).post("/api/users/none/follow", {}).status_code == 404
    assert Api().get(f"/api/users/{lab.name}/followers").status_code == 404


def test_lists_of_people_come_in_pages_without_the_suspended(django_assert_max_num_queries):
    star = make_user("star")
    fans = [make_user() for _ in range(4)]
    for fan in fans:
        follow(namespace=star.namespace, user=fan)
        follow(namespace=fan.namespace, user=star)
    suspend(fans[3])
    for path in ("followers", "following"):
        with django_assert_max_num_queries(2):
            first = Api().get(f"/api/users/star/{path}?limit=2")
        assert [row["user"] for row in first.json()] == [fans[2].username, fans[1].username]
        onward = first["Link"].partition(">")[0].removeprefix("<http://testserver")
        assert [row["user"] for row in Api().get(onward).json()] == [fans[0].username]
        other = onward.replace("/star/", f"/{fans[0].username}/")
        assert Api().get(other).status_code == 400
    assert Api().get("/api/users/star/overview").json()["numFollowing"] == 3


@pytest.mark.parametrize("number", [1, 6])
def test_members_are_public_and_cost_the_same_however_many(django_assert_max_num_queries, number):
    lab = make_organisation("lab", owner=make_user("boss"))
    for _ in range(number):
        make_member(lab)
    suspend(make_member(lab))
    with django_assert_max_num_queries(2):
        members = Api().get("/api/organizations/lab/members").json()
    assert len(members) == number + 1
    assert members[-1]["user"] == "boss"
    assert Api().get("/api/organizations/lab/overview").json()["numUsers"] == number + 1


def test_what_is_kept_is_told_to_the_owner_and_to_members(people, lab, django_assert_max_num_queries):
    admin = people["admin"]
    one, two = (make_repository(admin, namespace=lab, name=name) for name in ("one", "two"))
    add_large(one, admin, "a.bin", b"a" * 3000)
    add_large(two, admin, "a.bin", b"b" * 1000)
    path = "/api/organizations/the-lab/settings/repositories"
    for name, who in people.items():
        expected = {"nobody": 401, "outsider": 403}.get(name, 200)
        assert Api(who).get(path).status_code == expected
    reader = Api(people["read"])
    with django_assert_max_num_queries(8):
        rows = {row["id"]: row for row in reader.get(path).json()}
    assert len(rows) == 5
    new = rows["the-lab/words"]["storage"]
    total = 5 * new + 4000
    assert rows["the-lab/one"]["storage"] == new + 3000
    assert rows["the-lab/one"]["storagePercent"] == round(100 * (new + 3000) / total, 2)
    assert rows["the-lab/words"] | {"updatedAt": ""} == {
        "id": "the-lab/words",
        "type": "dataset",
        "updatedAt": "",
        "visibility": "private",
        "storage": new,
        "storagePercent": round(100 * new / total, 2),
    }
    assert Api(people["outsider"]).get("/api/settings/repositories").json() == []
    assert Api().get("/api/settings/repositories").status_code == 401
    assert Api(admin).get("/api/organizations/none/settings/repositories").status_code == 404


def test_a_fine_grained_token_sees_only_what_it_is_granted():
    ada = make_user("ada")
    make_repository(ada, name="shut", visibility="private")
    client = Api()
    client.headers = {"Authorization": f"Bearer {make_token(ada, role='fine-grained')[1]}"}
    assert client.get("/api/settings/repositories").json() == []
    assert client.get("/api/users/ada/overview").json()["numModels"] == 0
    assert client.post(f"/api/users/{make_user().username}/follow", {}).status_code == 403
