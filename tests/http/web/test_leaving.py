"""Taking one's data along, and deleting one's account."""

import json

import pytest

from accounts.models import AccessToken, AuditEvent, Membership, Namespace, User
from accounts.selectors import actor_for_token
from hub.follows.services import follow
from hub.likes.services import like
from hub.repos.models import Repository
from hub.repos.services import take_down
from tests.browsing import RawPathClient
from tests.factories.accounts import PASSWORD, make_member, make_token
from tests.factories.repositories import make_repository

DELETE = "/settings/data/delete"


def confirmed(username: str) -> RawPathClient:
    """A browser in which somebody logged in, and proved once more who they are."""
    client = RawPathClient()
    client.post("/accounts/login/", {"login": username, "password": PASSWORD})
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return client


def exported(client: RawPathClient) -> dict:
    answer = client.get("/settings/data/export")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    return json.loads(answer.getvalue())


def test_an_account_is_deleted_with_what_is_its_own_and_nothing_else(world):
    otto = world.users["outsider"]
    make_member(world.organisation, "write", otto)
    make_repository(otto, name="mine")
    shared = make_repository(otto, namespace=world.organisation, name="ours")
    like(repository=world.public, user=otto)
    like(repository=world.public, user=world.users["reader"])
    _token, plaintext = make_token(otto)
    client, elsewhere = confirmed("otto"), confirmed("otto")
    assert client.post(DELETE, {"confirmation": "otto"})["Location"] == "/"
    assert not User.objects.filter(username="otto").exists()
    assert not Repository.objects.filter(name="mine").exists()
    assert actor_for_token(plaintext) is None
    assert not AccessToken.objects.exists()
    for browser in (client, elsewhere):
        assert browser.get("/settings/tokens").status_code == 302
    shared.refresh_from_db()
    world.public.refresh_from_db()
    assert (shared.namespace, shared.created_by, world.public.likes) == (world.organisation, None, 1)
    assert client.get("/acme/ours").status_code == 200
    last = AuditEvent.objects.get(event="user.deleted")
    assert (last.actor_name, last.data) == ("otto", {"username": "otto"})
    assert AuditEvent.objects.filter(event="member.removed", data__member="otto").count() == 1


def test_the_name_of_somebody_who_left_is_given_to_nobody(world):
    confirmed("otto").post(DELETE, {"confirmation": "otto"})
    new = {"username": "Otto", "email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert b"This name is taken." in RawPathClient().post("/accounts/signup/", new).content
    assert b"is taken" in world.client("admin").post("/organisations/new", {"name": "otto"}).content
    assert not Namespace.objects.filter(name__iexact="otto").exists()


def test_the_only_admin_of_an_organisation_is_told_what_to_do_first(world):
    client = confirmed("anna")
    assert "acme" in client.get("/settings/data").content.decode()
    answer = client.post(DELETE, {"confirmation": "anna"})
    assert answer.status_code == 409
    assert "You are the only admin of acme." in answer.content.decode()
    assert User.objects.filter(username="anna").exists()
    make_member(world.organisation, "admin", world.users["outsider"])
    assert client.post(DELETE, {"confirmation": "anna"}).status_code == 302
    admins = Membership.objects.filter(organisation=world.organisation, role="admin")
    assert [member.user.username for member in admins] == ["otto"]
    assert Repository.objects.filter(namespace=world.organisation).count() == 2


@pytest.mark.parametrize("typed", ["", "OTTO", "anna"])
def test_without_the_name_typed_nothing_is_deleted(world, typed):
    assert confirmed("otto").post(DELETE, {"confirmation": typed}).status_code == 400
    assert User.objects.filter(username="otto").exists()


def test_without_the_password_said_again_nothing_is_deleted(world):
    client = world.client("outsider")
    answer = client.post(DELETE, {"confirmation": "otto"})
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    client.post(answer["Location"], {"password": "wrong"})
    assert User.objects.filter(username="otto").exists()
    assert world.client("nobody").post(DELETE, {"confirmation": "otto"}).status_code == 302


def test_what_a_moderator_withholds_is_not_got_rid_of_by_leaving(world):
    otto = world.users["outsider"]
    bad = make_repository(otto, name="bad")
    take_down(repository=bad, actor_user=world.users["moderator"])
    answer = confirmed("otto").post(DELETE, {"confirmation": "otto"})
    assert answer.status_code == 409
    assert "otto/bad is withheld by a moderator" in answer.content.decode()
    assert Repository.objects.filter(name="bad").exists()


def test_the_export_has_what_is_about_the_visitor_and_no_secret(world):
    otto = world.users["outsider"]
    make_member(world.organisation, "write", otto)
    make_repository(otto, name="mine", visibility="private")
    like(repository=world.public, user=otto)
    follow(namespace=world.organisation, user=otto)
    token, plaintext = make_token(otto)
    make_token(world.users["admin"])
    found = exported(confirmed("otto"))
    assert found["profile"]["username"] == "otto"
    assert [row["name"] for row in found["repositories"]] == ["mine"]
    assert [(row["name"], row["role"]) for row in found["memberships"]] == [("acme", "write")]
    assert [(row["owner"], row["name"]) for row in found["likes"]] == [("acme", "bert")]
    assert [row["name"] for row in found["follows"]] == ["acme"]
    assert [row["hint"] for row in found["tokens"]] == [token.hint]
    assert {"token.created", "user.created"} <= {row["event"] for row in found["events"]}
    assert len(found["sessions"]) == 1
    text = json.dumps(found)
    assert plaintext not in text
    assert token.digest not in text
    assert otto.password not in text
    assert "anna@example.org" not in text


def test_the_export_is_sent_as_it_is_read_and_takes_as_many_queries_for_ten(world, django_assert_num_queries):
    client, otto = confirmed("otto"), world.users["outsider"]
    assert client.get("/settings/data/export").streaming
    for _ in range(2):
        with django_assert_num_queries(26):
            exported(client)
        for _ in range(10):
            make_token(otto)


def test_nobody_without_an_account_exports_anything(world):
    assert world.client("nobody").get("/settings/data/export").status_code == 302
    assert world.client("nobody").get("/settings/data").status_code == 302
