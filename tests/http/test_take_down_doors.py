"""A repository that is taken down is in no list, search, feed or count of others; its doors are shut."""

from collections.abc import Callable

import pytest
from django.http import HttpResponse

from accounts.models import User
from hub.collections.services import add_item, create_collection
from hub.follows.services import follow
from hub.likes.services import like
from hub.repos.models import Repository
from hub.repos.services import restore, take_down
from tests.browsing import RawPathClient
from tests.factories.accounts import make_moderator, make_user
from tests.factories.activity import note_acts
from tests.factories.discussions import make_discussion, make_pull
from tests.factories.repositories import make_repository

pytestmark = pytest.mark.django_db

NAME = b"vanishing"
CARD = b"---\nlicense: mit\ntags: [oddtag]\n---\n# Vanishing\n"


@pytest.fixture
def fan() -> User:
    return make_user("fan")


@pytest.fixture
def repository(fan: User) -> Repository:
    """A repository that is liked, collected, watched and talked about."""
    ada = make_user("ada")
    made = make_repository(ada, name=NAME.decode(), files={"README.md": CARD, "a.txt": b"a"})
    make_repository(ada, name="staying")
    like(repository=made, user=fan)
    follow(namespace=ada.namespace, user=fan)
    mine = {"namespace": fan.namespace, "title": "Mine", "description": "", "private": False}
    collection = create_collection(**mine, actor_user=fan)
    add_item(collection=collection, thing=made, note="", actor_user=fan)
    make_discussion(made, fan)
    make_pull(made, fan)
    note_acts()
    return made


def collected(client: RawPathClient) -> str:
    [row] = client.get("/api/collections?owner=fan").json()
    return row["slug"]


# What names it while it is served.
LISTS: dict[str, Callable[[RawPathClient], HttpResponse]] = {
    "the home page": lambda client: client.get("/"),
    "the models": lambda client: client.get("/models"),
    "a search": lambda client: client.get("/models?search=vanishing"),
    "a suggestion": lambda client: client.get("/suggest?search=vanishing"),
    "its owner's page": lambda client: client.get("/ada"),
    "its owner's activity": lambda client: client.get("/profile/ada/activity"),
    "its owner's feed": lambda client: client.get("/ada/feed.atom"),
    "a person's activity": lambda client: client.get("/profile/fan/activity"),
    "a person's feed": lambda client: client.get("/fan/feed.atom"),
    "the list of the API": lambda client: client.get("/api/models"),
    "a search of the API": lambda client: client.get("/api/models?search=vanishing"),
    "a filter of the API": lambda client: client.get("/api/models?filter=oddtag"),
    "an owner's list": lambda client: client.get("/api/models?author=ada&full=true"),
    "a person's likes": lambda client: client.get("/api/users/fan/likes"),
    "collections": lambda client: client.get("/api/collections?owner=fan"),
    "a collection": lambda client: client.get(f"/api/collections/{collected(client)}"),
    "a collection's page": lambda client: client.get(f"/collections/{collected(client)}"),
}
# Pages and calls of its own.
OWN = (
    *("/{}", "/{}/tree/main", "/{}/blob/main/a.txt", "/{}/resolve/main/a.txt", "/{}/commits/main"),
    *("/{}/refs", "/{}/releases", "/{}/discussions", "/{}/discussions/1", "/{}/discussions/2/files"),
    *("/{}/activity", "/{}/feed.atom", "/{}/compare/main...refs%2Fpr%2F2", "/{}/checks/main"),
    *("/api/models/{}", "/api/models/{}/tree/main", "/api/models/{}/commits/main", "/api/models/{}/refs"),
    *("/api/models/{}/likers", "/api/models/{}/discussions", "/api/models/{}/discussions/1"),
    *("/api/models/{}/xet-read-token/main", "/api/models/{}/resolve/refs%2Fpr%2F2/README.md"),
)


def browser(user: User | None = None) -> RawPathClient:
    client = RawPathClient()
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("of", LISTS)
def test_it_is_named_in_no_list_of_others(repository, fan, of):
    ask, stranger = LISTS[of], make_user()
    assert NAME in ask(browser()).content
    take_down(repository=repository, actor_user=make_moderator())
    for who in (None, fan, stranger):
        answer = ask(browser(who))
        assert answer.status_code == 200
        # A page repeats what was searched for.
        said = answer.content.replace(b'value="vanishing"', b"")
        assert b"ada/vanishing" not in said, who
    restore(repository=repository, actor_user=make_moderator())
    assert b"ada/vanishing" in ask(browser()).content


def test_it_is_counted_nowhere(repository, fan):
    def counts() -> list[int]:
        client = browser()
        people = [client.get(f"/api/users/{name}/overview").json() for name in ("ada", "fan")]
        return [people[0]["numModels"], people[1]["numLikes"], len(client.get("/api/models").json())]

    assert counts() == [2, 1, 2]
    take_down(repository=repository, actor_user=make_moderator())
    assert counts() == [1, 0, 1]


@pytest.mark.parametrize("address", OWN)
def test_it_is_as_if_it_were_not_there(repository, fan, address):
    take_down(repository=repository, actor_user=make_moderator())
    for who in (None, fan):
        gone = browser(who).get(address.format("ada/vanishing"))
        missing = browser(who).get(address.format("ada/never-was"))
        assert gone.status_code == missing.status_code
        assert gone.status_code in (401, 404)
    assert browser(make_moderator()).get(address.format("ada/vanishing")).status_code < 500
