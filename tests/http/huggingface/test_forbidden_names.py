"""No repository gets a forbidden address by creating, moving or copying, in no letter case, of no kind."""

import pytest

from accounts.forbidden import allow_name, forbid_name
from hub.repos.models import FormerAddress, Repository
from hub.repos.services import delete_repository
from tests.browsing import RawPathClient
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db
WORDS = "may not be used on this hub"
WAYS = {
    "create": lambda api: api.post("/api/repos/create", {"name": "Bert"}),
    "create a dataset": lambda api: api.post("/api/repos/create", {"name": "Bert", "type": "dataset"}),
    "move": lambda api: api.post("/api/repos/move", {"fromRepo": "ada/thing", "toRepo": "ada/Bert"}),
    "duplicate": lambda api: api.post("/api/models/ada/thing/duplicate", {"repository": "ada/Bert"}),
}


@pytest.fixture
def thing(owner):
    """A repository of ada's."""
    return make_repository(owner.user, name="thing", files={"a.txt": b"text"})


@pytest.mark.parametrize("way", WAYS)
def test_no_way_leads_to_a_forbidden_address(owner, thing, way):
    forbid_name(name="ada/bert", why="", actor_user=None)
    answer = WAYS[way](owner)
    assert (answer.status_code, WORDS in answer.json()["error"]) == (400, True)
    assert WORDS in answer["X-Error-Message"]
    assert list(Repository.objects.values_list("name", flat=True)) == ["thing"]
    assert not FormerAddress.objects.exists()
    allow_name(name="ada/bert", why="", actor_user=None)
    assert WAYS[way](owner).status_code == 200


def test_other_names_and_other_owners_are_free(owner, thing):
    forbid_name(name="ada/bert", why="", actor_user=None)
    forbid_name(name="bert", why="", actor_user=None)
    assert owner.post("/api/repos/create", {"name": "bert-2"}).status_code == 200
    assert make_repository(make_user("bob"), name="bert")


def test_who_has_it_keeps_it_and_is_told_that_it_is_there(owner):
    repository = make_repository(owner.user, name="bert", files={"a.txt": b"text"})
    forbid_name(name="ada/bert", why="", actor_user=None)
    assert owner.get("/api/models/ada/bert").status_code == 200
    assert owner.post("/api/repos/create", {"name": "bert"}).status_code == 409
    spelled = {"fromRepo": "ada/bert", "toRepo": "ada/BERT"}
    assert owner.post("/api/repos/move", spelled).status_code == 200
    delete_repository(repository=repository, actor_user=owner.user)
    assert owner.post("/api/repos/create", {"name": "bert"}).status_code == 400


def test_it_holds_although_its_owner_is_deleted_and_made_anew(owner):
    forbid_name(name="bob/bert", why="", actor_user=None)
    make_user("bob").delete()
    bob = RawPathClient()
    bob.force_login(make_user("bob"))
    asked = {"namespace": "bob", "kind": "model", "name": "bert", "visibility": "public", "licence": ""}
    shown = bob.post("/new", asked)
    assert WORDS in shown.content.decode()
    assert not Repository.objects.exists()


def test_the_page_that_renames_says_it(owner, thing):
    forbid_name(name="ada/bert", why="", actor_user=None)
    browser = RawPathClient()
    browser.force_login(owner.user)
    shown = browser.post("/ada/thing/settings/move", {"namespace": "ada", "name": "bert"})
    assert (shown.status_code, WORDS in shown.content.decode()) == (400, True)
    assert Repository.objects.get().name == "thing"
