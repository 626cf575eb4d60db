"""Collections: who sees, changes and fills them; what somebody may not see is not in them."""

import pytest

from accounts.actors import Actor
from accounts.roles import Role
from hub.collections import services
from hub.collections.models import Collection, CollectionItem
from hub.repos.services import change_settings
from hub.revisions.moving import move_repository
from tests.factories.accounts import make_token, make_user, suspend
from tests.factories.repositories import make_repository
from tests.http.api import Api

pytestmark = pytest.mark.django_db
WRITERS = ("write", "admin")


@pytest.fixture
def lab(people):
    """The organisation."""
    return people["admin"].memberships.get().organisation


def collect(people, lab, title="Best", *, private=False) -> Collection:
    return services.create_collection(
        namespace=lab, title=title, description="", private=private, actor_user=people["admin"]
    )


def add(people, collection, thing, note="") -> CollectionItem:
    return services.add_item(collection=collection, thing=thing, note=note, actor_user=people["admin"])


def test_a_collection_is_made_once_and_the_second_time_its_slug_is_told(people, lab):
    writer = Api(people["write"])
    body = {"title": "Best models", "namespace": "the-lab", "private": False, "description": "All"}
    made = writer.post("/api/collections", body).json()
    assert made["slug"].startswith("the-lab/best-models-")
    assert (made["position"], made["items"], made["theme"], made["upvotes"]) == (0, [], "orange", 0)
    again = writer.post("/api/collections", body | {"title": "BEST MODELS"})
    assert (again.status_code, again.json()["slug"]) == (409, made["slug"])
    own = writer.post("/api/collections", {"title": "Mine"}).json()
    assert own["owner"] == people["write"].username


def test_only_owners_and_members_who_write_make_collections(people, lab):
    body = {"title": "Best", "namespace": "the-lab"}
    for name, who in people.items():
        expected = 200 if name in WRITERS else 401 if who is None else 403
        assert Api(who).post("/api/collections", body | {"title": name}).status_code == expected
    assert Api(people["admin"], role="read").post("/api/collections", body).status_code == 403
    fine = Api()
    fine.headers = {"Authorization": f"Bearer {make_token(people['admin'], role='fine-grained')[1]}"}
    assert fine.post("/api/collections", body).status_code == 403
    assert Api(people["admin"]).post("/api/collections", body | {"namespace": "none"}).status_code == 404
    assert Collection.objects.count() == len(WRITERS)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": 7}, "title"),
        ({"title": "x" * 61}, "title"),
        ({"title": "a\0b"}, "title"),
        ({"description": "x" * 151}, "description"),
        ({"description": ["x"]}, "description"),
        ({"private": "yes"}, "private"),
        ({"namespace": 7}, "namespace"),
        ({"resourceGroupId": "a" * 24}, "resourceGroupId"),
    ],
)
def test_a_bad_collection_is_refused_by_name(owner, change, field):
    answer = owner.post("/api/collections", {"title": "Best"} | change)
    assert (answer.status_code, answer.json()["field"]) == (400, field)
    assert not Collection.objects.exists()


@pytest.mark.parametrize("private", [False, True])
def test_who_sees_and_changes_a_collection(people, lab, private):
    collection = collect(people, lab, private=private)
    item = add(people, collection, make_repository())
    address = f"/api/collections/{collection.slug}"
    body = {"item": {"id": "none/none", "type": "model"}}
    changes = [
        ("PATCH", address, {"theme": "pink"}),
        ("POST", f"{address}/items", body),
        ("PATCH", f"{address}/items/{item.pk:024x}", {"note": "good"}),
        ("PATCH", f"{address}/items/{0:024x}", {}),
        ("DELETE", f"{address}/items/{0:024x}", {}),
    ]
    for name, who in people.items():
        visible = not private or name not in ("nobody", "outsider")
        assert Api(who).get(address).status_code == (200 if visible else 404)
        assert len(Api(who).get("/api/collections?owner=The-Lab").json()) == int(visible)
        for method, path, data in changes:
            status = Api(who).send(method, path, data).status_code
            if not visible:
                assert status == 404
            elif name not in WRITERS:
                assert status == (401 if who is None else 403)
            else:
                assert status in (200, 404)
    assert Api(people["admin"], role="read").send("DELETE", address, {}).status_code == 403
    assert Collection.objects.exists()
    assert Api(people["write"]).send("DELETE", address, {}).status_code == 200
    assert not Collection.objects.exists()


def test_an_invisible_collection_looks_like_a_missing_one(people, lab):
    collection = collect(people, lab, private=True)
    hidden = Api(people["outsider"]).get(f"/api/collections/{collection.slug}")
    missing = Api(people["outsider"]).get(f"/api/collections/the-lab/best-{'0' * 24}")
    assert (hidden.status_code, hidden.content) == (missing.status_code, missing.content)
    assert hidden.status_code == 404


def test_items_that_the_caller_may_not_see_are_left_out_and_not_counted(people, lab):
    hidden = make_repository(people["admin"], namespace=lab, name="hidden")
    first, last = make_repository(), make_repository()
    collection = collect(people, lab)
    secret = collect(people, lab, "Secret", private=True)
    for thing in (first, hidden, secret, last):
        add(people, collection, thing, note="good")
    change_settings(repository=hidden, actor_user=people["admin"], visibility="private")
    for name, who in people.items():
        member = name not in ("nobody", "outsider")
        seen = Api(who).get(f"/api/collections/{collection.slug}").json()["items"]
        ids = [first.full_name, *(["the-lab/hidden", secret.key] if member else []), last.full_name]
        assert [(item["id"], item["position"]) for item in seen] == [(x, at) for at, x in enumerate(ids)]
        [listed, *_] = Api(who).get("/api/collections?owner=the-lab").json()
        assert [item["id"] for item in listed["items"]] == ids
        found = Api(who).get("/api/collections?item=models/the-lab/hidden").json()
        assert len(found) == int(member)
    outside = Api(people["outsider"])
    outside_place = outside.get(f"/api/collections/{collection.slug}").json()["position"]
    assert outside_place == 0


def test_a_hidden_collection_before_it_does_not_show_in_a_position(people, lab):
    collect(people, lab, "Secret", private=True)
    collection = collect(people, lab)
    for name, expected in (("nobody", 0), ("outsider", 0), ("read", 1)):
        assert Api(people[name]).get(f"/api/collections/{collection.slug}").json()["position"] == expected


def test_items_are_added_noted_moved_and_removed(owner):
    things = [make_repository(owner.user, kind=kind) for kind in ("model", "dataset", "model")]
    address = f"/api/collections/{owner.post('/api/collections', {'title': 'Best'}).json()['slug']}"
    for thing in things:
        answer = owner.post(
            f"{address}/items", {"item": {"id": thing.full_name, "type": thing.kind}, "note": "so good"}
        )
        assert answer.status_code == 200
    again = owner.post(f"{address}/items", {"item": {"id": things[0].full_name, "type": "model"}})
    assert again.status_code == 409
    items = answer.json()["items"]
    assert [item["type"] for item in items] == ["model", "dataset", "model"]
    assert items[0]["note"] == {"text": "so good"}
    moved = owner.send("PATCH", f"{address}/items/{items[2]['_id']}", {"position": 0, "note": ""})
    assert moved.status_code == 200
    now = owner.get(address).json()["items"]
    assert [item["_id"] for item in now] == [items[at]["_id"] for at in (2, 0, 1)]
    assert "note" not in now[0]
    assert owner.send("DELETE", f"{address}/items/{items[0]['_id']}", {}).status_code == 200
    assert owner.send("DELETE", f"{address}/items/{items[0]['_id']}", {}).status_code == 404
    changed = owner.send("PATCH", address, {"title": "Better", "private": True, "theme": "pink"}).json()
    assert (changed["data"]["private"], changed["data"]["theme"]) == (True, "pink")
    assert owner.get(address).json()["slug"] == changed["data"]["slug"]
    assert Api().get(address).status_code == 404


def test_what_cannot_be_an_item_is_refused_with_the_reason(owner):
    collection = owner.post("/api/collections", {"title": "Best"}).json()["slug"]
    private = make_repository(visibility="private")
    for item, status in (
        ({"type": "space", "id": "a/b"}, 400),
        ({"type": "paper", "id": "2307.09288"}, 400),
        ({"type": "bucket", "id": "a/b"}, 400),
        ({"type": "model"}, 400),
        ({"type": "model", "id": "no-slash"}, 400),
        ({"type": "model", "id": 7}, 400),
        ("a/b", 400),
        ({"type": "model", "id": "none/none"}, 404),
        ({"type": "model", "id": private.full_name}, 404),
        ({"type": "collection", "id": "ada/none"}, 404),
        ({"type": "collection", "id": collection}, 400),
    ):
        answer = owner.post(f"/api/collections/{collection}/items", {"item": item})
        assert (answer.status_code, bool(answer.json()["error"])) == (status, True), item
    thing = make_repository()
    long = {"item": {"type": "model", "id": thing.full_name}, "note": "x" * 501}
    refused = owner.post(f"/api/collections/{collection}/items", long)
    assert (refused.status_code, refused.json()["field"]) == (400, "note")
    assert not CollectionItem.objects.exists()


def test_a_dataset_may_be_named_as_in_addresses_and_by_a_former_one(owner):
    slug = owner.post("/api/collections", {"title": "Best"}).json()["slug"]
    thing = make_repository(owner.user, name="old", kind="dataset")
    move_repository(repository=thing, namespace=thing.namespace, name="new", actor_user=owner.user)
    answer = owner.post(
        f"/api/collections/{slug}/items", {"item": {"type": "dataset", "id": "datasets/ada/old"}}
    )
    assert [item["id"] for item in answer.json()["items"]] == ["ada/new"]


@pytest.mark.parametrize("body", [{"position": -1}, {"position": True}, {"position": "1"}, {"position": 1.5}])
def test_a_bad_position_is_refused(owner, body):
    slug = owner.post("/api/collections", {"title": "Best"}).json()["slug"]
    thing = make_repository()
    item = {"item": {"type": "model", "id": thing.full_name}}
    [added] = owner.post(f"/api/collections/{slug}/items", item).json()["items"]
    for path in (slug, f"{slug}/items/{added['_id']}"):
        answer = owner.send("PATCH", f"/api/collections/{path}", body)
        assert (answer.status_code, answer.json()["field"]) == (400, "position")
        assert owner.send("PATCH", f"/api/collections/{path}", {"position": 10**30}).status_code == 200
    assert owner.send("PATCH", f"/api/collections/{slug}", {"theme": "red"}).json()["field"] == "theme"


def test_collections_of_an_owner_keep_the_order_that_it_gives_them(owner):
    slugs = [owner.post("/api/collections", {"title": title}).json()["slug"] for title in "abc"]
    owner.send("PATCH", f"/api/collections/{slugs[2]}", {"position": 0})
    assert [owner.get(f"/api/collections/{slug}").json()["position"] for slug in slugs] == [1, 2, 0]


def test_lists_are_filtered_and_paged_by_the_last_change(people, lab):
    thing, other = make_repository(), make_repository(kind="dataset")
    rows = [collect(people, lab, title) for title in "abcd"]
    suspended = make_user()
    for collection in rows[:3]:
        add(people, collection, thing)
    add(people, rows[1], other)
    services.create_collection(
        namespace=suspended.namespace, title="z", description="", private=False, actor_user=suspended
    )
    suspend(suspended)

    def titles(query: str) -> list[str]:
        return [row["title"] for row in Api().get(f"/api/collections?{query}").json()]

    assert titles("") == titles("sort=upvotes") == titles("sort=trending") == list("bcad")
    assert titles(f"item=models/{thing.full_name}") == list("bca")
    assert titles(f"item=models/{thing.full_name}&item=datasets/{other.full_name}") == ["b"]
    assert titles("item=papers/2307.09288") == titles("owner=none") == []
    assert titles("owner=none&owner=THE-LAB&limit=1") == ["b"]
    assert all("position" not in row for row in Api().get("/api/collections").json())
    path, found = "/api/collections?limit=3", []
    while path:
        answer = Api().get(path)
        found += [row["title"] for row in answer.json()]
        path = answer["Link"].partition(">")[0].removeprefix("<http://testserver") if "Link" in answer else ""
    assert found == list("bcad")
    for query in ("sort=x", "item=gpt2", "item=models/x", "limit=x", "cursor=x", "&".join(["owner=x"] * 21)):
        answer = Api().get(f"/api/collections?{query}")
        assert (answer.status_code, answer.json()["field"]) == (400, query.partition("=")[0])


def test_a_list_shows_four_items_and_costs_the_same_however_many(people, lab, django_assert_max_num_queries):
    for number in (1, 6):
        for title in range(number):
            collection = collect(people, lab, f"{number} {title}")
            for _ in range(number):
                add(people, collection, make_repository())
        with django_assert_max_num_queries(3):
            listed = Api().get("/api/collections").json()
        assert max(len(row["items"]) for row in listed) == min(number, 4)
        with django_assert_max_num_queries(4):
            whole = Api().get(f"/api/collections/{listed[0]['slug']}").json()
        assert len(whole["items"]) == number


def test_a_member_who_leaves_sees_private_collections_no_more(people, lab):
    collection = collect(people, lab, private=True)
    lab.memberships.filter(role=Role.READ).delete()
    actor = Actor(people["read"], None)
    assert actor.user
    assert Api(people["read"]).get(f"/api/collections/{collection.slug}").status_code == 404
