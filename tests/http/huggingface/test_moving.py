"""A repository that moves takes its history along and leaves its old address leading to the new one."""

import pytest

from accounts.models import AuditEvent
from hub.repos.services import change_settings
from hub.revisions.operations import AddInline
from tests.factories.accounts import make_member, make_organisation, make_user
from tests.factories.repositories import commit, make_repository
from tests.http.api import Api


@pytest.fixture
def thing(owner):
    """A repository of the owner's with one file."""
    return make_repository(owner.user, name="thing", files={"a.txt": b"text"})


def move(api, source, target, **more):
    """Ask for a move."""
    return api.post("/api/repos/move", {"fromRepo": source, "toRepo": target, "type": "model", **more})


def test_the_old_address_leads_to_the_new_one_at_every_door(owner, anybody, thing):
    organisation = make_organisation("the-lab", owner=owner.user)
    moved = move(owner, "ada/thing", "the-lab/New-Thing")
    assert moved.json()["url"] == "http://testserver/the-lab/New-Thing"
    for path in (
        "/api/models/{}?blobs=true",
        "/api/models/{}/tree/main?recursive=true",
        "/api/models/{}/revision/refs%2Fheads%2Fmain",
        "/{}/resolve/main/a.txt",
        "/{}",
        "/{}/tree/main",
    ):
        for old in ("ada/thing", "ADA/Thing"):
            response = anybody.get(path.format(old))
            assert response.status_code in {302, 307}
            assert response.headers["Location"] == path.format("the-lab/New-Thing")
    assert anybody.get("/the-lab/New-Thing/resolve/main/a.txt").content == b"text"
    line = '{"key":"header","value":{"summary":"s"}}'
    written = owner.post("/api/models/ada/thing/commit/main", line, "application/x-ndjson")
    assert (written.status_code, written.headers["Location"]) == (
        307,
        "/api/models/the-lab/New-Thing/commit/main",
    )
    assert [model["id"] for model in anybody.get("/api/models?search=new").json()] == ["the-lab/New-Thing"]
    event = AuditEvent.objects.get(event="repository.moved")
    assert event.data == {"former": "ada/thing", "name": "the-lab/New-Thing"}
    assert organisation.name == "the-lab"


def test_an_old_address_is_known_however_it_is_escaped(owner, anybody, thing):
    move(owner, "ada/thing", "ada/moved")
    for old, new in [
        ("/%61da/th%69ng/resolve/main/a.txt?x=1", "/ada/moved/resolve/main/a.txt?x=1"),
        ("/api/models/ad%61/thing/tree/main", "/api/models/ada/moved/tree/main"),
    ]:
        assert anybody.get(old).headers["Location"] == new
    body = {"operation": "upload", "objects": []}
    batch = owner.post("/ada/thing.git/info/lfs/objects/batch", body)
    assert (batch.status_code, batch.headers["Location"]) == (
        307,
        "/ada/moved.git/info/lfs/objects/batch",
    )


def test_an_old_address_leads_on_through_several_moves_and_back(owner, anybody, thing):
    move(owner, "ada/thing", "ada/second")
    move(owner, "ada/second", "ada/third")
    for old in ("thing", "second"):
        assert anybody.get(f"/api/models/ada/{old}").headers["Location"] == "/api/models/ada/third"
    move(owner, "ada/third", "ada/thing")
    assert anybody.get("/api/models/ada/thing").status_code == 200
    assert anybody.get("/api/models/ada/third").headers["Location"] == "/api/models/ada/thing"


def test_what_a_body_names_by_an_old_address_is_moved_on_but_never_deleted(owner, anybody, thing):
    move(owner, "ada/thing", "ada/second")
    assert move(owner, "ada/thing", "ada/third").json()["id"] == "ada/third"
    for old in ("thing", "second"):
        refused = owner.send("DELETE", "/api/repos/delete", {"name": old})
        # A client that is told of a missing repository may take that for its being deleted.
        assert (refused.status_code, refused.json()["field"]) == (400, "name")
        assert refused.json()["error"] == ("This repository is now called ada/third. Delete it by that name.")
    assert anybody.get("/api/models/ada/third").status_code == 200
    change_settings(repository=thing, visibility="private", actor_user=owner.user)
    stranger = Api(make_user())
    hidden, never = (
        stranger.send("DELETE", "/api/repos/delete", {"name": name, "organization": "ada"})
        for name in ("thing", "never")
    )
    assert (hidden.status_code, hidden.content) == (404, never.content)


def test_another_letter_case_is_no_other_address(owner, anybody, thing):
    assert move(owner, "ada/thing", "ada/Thing").status_code == 200
    assert anybody.get("/api/models/ada/thing").json()["id"] == "ada/Thing"


def test_whoever_creates_at_an_old_address_takes_it(owner, anybody, thing):
    move(owner, "ada/thing", "ada/moved")
    make_repository(owner.user, name="thing")
    assert anybody.get("/api/models/ada/thing").json()["id"] == "ada/thing"
    assert anybody.get("/ada/thing/resolve/main/a.txt").status_code == 404


def test_an_old_address_tells_nothing_to_those_who_may_not_see_the_repository(owner, anybody):
    make_repository(owner.user, name="secret", visibility="private")
    move(owner, "ada/secret", "ada/hidden")
    for api in (anybody, Api(make_user())):
        gone, never = api.get("/api/models/ada/secret"), api.get("/api/models/ada/nothing")
        assert gone.status_code == never.status_code
        assert gone.content == never.content
        assert "Location" not in gone.headers
        assert api.get("/ada/secret").status_code == 404
    assert owner.get("/api/models/ada/secret").status_code == 307


def test_a_taken_or_bad_address_is_refused_and_nothing_moves(owner, anybody, thing):
    make_repository(owner.user, name="Taken")
    taken = move(owner, "ada/thing", "ada/taken")
    assert (taken.status_code, taken.json()["error"]) == (
        409,
        "A model repository called ada/taken already exists",
    )
    for target in ("ada/a--b", "ada/x.git"):
        assert move(owner, "ada/thing", target).json()["field"] == "name"
    for target in ("ada", "ada/", "/x", "a/b/c", None):
        assert move(owner, "ada/thing", target).json()["field"] == "toRepo"
    assert anybody.get("/api/models/ada/thing").status_code == 200


def test_only_those_who_may_give_and_take_can_move(owner, thing):
    organisation = make_organisation("the-lab", owner=make_user())
    assert move(owner, "ada/thing", "the-lab/thing").status_code == 403
    make_member(organisation, "write", owner.user)
    assert move(Api(make_user()), "ada/thing", "ada/mine").status_code == 403
    assert move(Api(owner.user, role="read"), "ada/thing", "ada/mine").status_code == 403
    assert move(owner, "ada/thing", "the-lab/thing").status_code == 200
    # A writer of an organisation cannot take a repository away from it.
    assert move(owner, "the-lab/thing", "ada/thing").status_code == 403


def test_history_stays_with_a_moved_repository(owner, thing):
    move(owner, "ada/thing", "ada/moved")
    thing.refresh_from_db()
    commit(thing, owner.user, [AddInline("b.txt", b"more")])
    titles = [item["title"] for item in owner.get("/api/models/ada/moved/commits/main").json()]
    assert titles == ["Change", "Change", "initial commit"]
