"""Collections made, filled, changed and deleted on the pages."""

import pytest

from hub.collections import services
from hub.collections.models import Collection, CollectionItem
from hub.repos.services import change_settings
from tests.factories.repositories import make_repository


@pytest.fixture
def collection(world) -> Collection:
    """A collection of acme with its public model."""
    admin = world.users["admin"]
    made = services.create_collection(
        namespace=world.organisation, title="Best", description="Our best.", private=False, actor_user=admin
    )
    services.add_item(collection=made, thing=world.public, note="The first", actor_user=admin)
    return made


def new(title: str, namespace: str, **rest: str) -> dict[str, str]:
    return {"collection": "", "title": title, "namespace": namespace, "note": ""} | rest


def test_a_reader_puts_a_model_into_a_new_collection_of_their_own_and_another_into_the_same(world):
    outsider, name = world.client("outsider"), world.users["outsider"].username
    assert 'href="/acme/bert/collect"' in outsider.get("/acme/bert").content.decode()
    assert outsider.get("/acme/bert/collect").status_code == 200
    answer = outsider.post("/acme/bert/collect", new("To try", name, note="Small", private="on"))
    made = Collection.objects.get()
    assert answer["Location"] == f"/collections/{made.slug}"
    assert (made.namespace.name, made.private) == (name, True)
    assert "Small" in outsider.get(answer["Location"]).content.decode()
    other = make_repository(world.users["admin"], namespace=world.organisation, name="other")
    form = outsider.get("/acme/other/collect").content.decode()
    assert f'<option value="{made.slug}"' in form
    outsider.post("/acme/other/collect", {"collection": made.slug, "namespace": name})
    assert [item.repository for item in made.items.order_by("position")] == [world.public, other]


def test_who_has_no_account_logs_in_first_and_what_is_hidden_is_missing(world):
    nobody = world.client("nobody")
    assert "/collect" not in nobody.get("/acme/bert").content.decode()
    assert nobody.get("/acme/bert/collect")["Location"].startswith("/accounts/login/")
    assert world.client("outsider").get("/acme/secret/collect").status_code == 404
    assert world.client("outsider").post("/acme/secret/collect", new("A", "x")).status_code == 404


def test_what_cannot_be_is_refused_with_words_and_leaves_nothing(world, collection):
    writer, name = world.client("writer"), world.users["writer"].username
    for sent, words in (
        (new("", name), "Say what the new collection is called."),
        (new("x" * 61, name), "at most 60"),
        (new("bEST", "acme"), "There is a collection of this title already."),
        (new("A", "absent"), "absent is not one of the available choices"),
        (new("A", world.users["outsider"].username), "is not one of the available choices"),
        (new("A", name, note="x" * 501), "at most 500"),
        ({"collection": collection.slug, "namespace": "acme"}, "It is in this collection already."),
        ({"collection": "acme/none", "namespace": "acme"}, "acme/none is not one of the available choices"),
    ):
        answer = writer.post("/acme/bert/collect", sent)
        assert (answer.status_code, words in answer.content.decode()) == (400, True), sent
    assert Collection.objects.get() == collection
    assert CollectionItem.objects.count() == 1


def test_those_who_may_write_change_what_a_collection_says(world, collection):
    address = f"/collections/{collection.slug}"
    writer = world.client("writer")
    assert f'href="{address}/edit"' in writer.get(address).content.decode()
    assert writer.get(f"{address}/edit").status_code == 200
    answer = writer.post(f"{address}/edit", {"title": "<b>Better</b>", "description": "", "private": "on"})
    collection.refresh_from_db()
    assert answer["Location"] == f"/collections/{collection.slug}"
    assert (collection.title, collection.description, collection.private) == ("<b>Better</b>", "", True)
    assert "<b>Better" not in writer.get(answer["Location"]).content.decode()


@pytest.mark.parametrize(
    ("who", "status"), [("nobody", 302), ("outsider", 403), ("reader", 403), ("moderator", 403)]
)
def test_others_change_nothing(world, collection, who, status):
    address, client = f"/collections/{collection.slug}", world.client(who)
    item = f"{collection.items.get().pk:024x}"
    assert "/edit" not in client.get(address).content.decode()
    assert client.get(f"{address}/edit").status_code == status
    for call, sent in (
        ("edit", {"title": "Mine"}),
        (f"items/{item}", {"remove": ""}),
        ("delete", {"confirmation": "Best"}),
    ):
        assert client.post(f"{address}/{call}", sent).status_code == status
    collection.private = True
    collection.save()
    if who != "reader":
        assert client.get(f"{address}/edit").status_code == 404
    collection.refresh_from_db()
    assert (collection.title, collection.items.count()) == ("Best", 1)


def test_notes_are_changed_and_items_moved_and_taken_out(world, collection):
    writer, address = world.client("writer"), f"/collections/{collection.slug}"
    other = make_repository(world.users["admin"], namespace=world.organisation, name="other")
    services.add_item(collection=collection, thing=other, note="", actor_user=world.users["admin"])
    first, second = (f"{item.pk:024x}" for item in collection.items.order_by("position"))
    writer.post(f"{address}/items/{second}", {"note": "Later <i>"})
    page = writer.post(f"{address}/items/{second}", {"up": ""}, follow=True).content.decode()
    assert page.index("acme/other") < page.index("acme/bert")
    assert "Later &lt;i&gt;" in page
    assert writer.post(f"{address}/items/{second}", {"note": "x" * 501}).status_code == 400
    writer.post(f"{address}/items/{first}", {"remove": ""})
    assert [item.repository for item in collection.items.all()] == [other]
    for gone in (first, "0" * 24, "x"):
        assert writer.post(f"{address}/items/{gone}", {"remove": ""}).status_code == 404


def test_what_the_writer_may_not_see_is_not_there_to_change(world, collection):
    hidden = make_repository(world.users["outsider"], name="hidden")
    services.add_item(collection=collection, thing=hidden, note="", actor_user=world.users["admin"])
    change_settings(repository=hidden, actor_user=world.users["outsider"], visibility="private")
    address, writer = f"/collections/{collection.slug}", world.client("writer")
    assert hidden.full_name not in writer.get(f"{address}/edit").content.decode()
    item = f"{collection.items.get(repository=hidden).pk:024x}"
    assert writer.post(f"{address}/items/{item}", {"remove": ""}).status_code == 404


def test_a_collection_is_deleted_when_its_title_was_typed(world, collection):
    writer, address = world.client("writer"), f"/collections/{collection.slug}"
    refused = writer.post(f"{address}/delete", {"confirmation": "best"})
    assert refused.status_code == 400
    assert "nothing was deleted" in refused.content.decode()
    assert Collection.objects.exists()
    assert writer.post(f"{address}/delete", {"confirmation": "Best"})["Location"] == "/acme"
    assert not Collection.objects.exists()
    world.public.refresh_from_db()


def test_the_pages_take_as_many_queries_for_many(world, collection, django_assert_max_num_queries):
    writer = world.client("writer")
    for number in range(5):
        thing = make_repository(world.users["admin"], namespace=world.organisation, name=f"n{number}")
        services.add_item(collection=collection, thing=thing, note="", actor_user=world.users["admin"])
        services.create_collection(
            namespace=world.organisation,
            title=f"C{number}",
            description="",
            private=False,
            actor_user=world.users["admin"],
        )
    for address, most in ((f"/collections/{collection.slug}/edit", 12), ("/acme/bert/collect", 16)):
        with django_assert_max_num_queries(most):
            assert writer.get(address).status_code == 200
