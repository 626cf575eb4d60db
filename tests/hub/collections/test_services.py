"""Collections keep one order, one row for each thing, and their address."""

import pytest

from accounts.actors import Actor
from hub.collections import selectors, services
from hub.collections.models import Collection, CollectionItem
from hub.errors import CollectionExists, CollectionNotFound, InvalidInput
from hub.repos.services import delete_repository
from tests.factories.accounts import make_user
from tests.factories.repositories import make_repository
from tests.racing import failures, race


def make_collection(owner, title="Favourites", **rest) -> Collection:
    details = {"description": "", "private": False} | rest
    return services.create_collection(namespace=owner.namespace, title=title, actor_user=owner, **details)


def fill(collection, owner, number) -> list[CollectionItem]:
    things = [make_repository(owner) for _ in range(number)]
    return [services.add_item(collection=collection, thing=one, note="", actor_user=owner) for one in things]


def order(owner, collection) -> list[int]:
    return [item.pk for item in selectors.items_of(Actor(owner, None), [collection])[collection.pk]]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("moved", "to", "expected"),
    [(0, 0, "abcd"), (0, 1, "bacd"), (0, 3, "bcda"), (3, 0, "dabc"), (2, 1, "acbd"), (1, 99, "acdb")],
)
def test_an_item_moves_to_a_place_and_the_others_keep_their_order(moved, to, expected):
    owner = make_user()
    collection = make_collection(owner)
    items = fill(collection, owner, 4)
    services.update_item(item=items[moved], actor=Actor(owner, None), position=to)
    assert order(owner, collection) == [items["abcd".index(letter)].pk for letter in expected]


@pytest.mark.django_db(transaction=True)
def test_items_that_move_at_once_all_stay_each_at_a_place_of_its_own():
    owner = make_user()
    collection = make_collection(owner)
    items = fill(collection, owner, 4)
    moves = [
        lambda item=item: services.update_item(item=item, actor=Actor(owner, None), position=0)
        for item in items
    ]
    assert failures(race(moves)) == []
    assert sorted(order(owner, collection)) == sorted(item.pk for item in items)
    assert CollectionItem.objects.values("position").distinct().count() == 4


@pytest.mark.django_db(transaction=True)
def test_of_one_thing_added_many_times_at_once_there_is_one():
    owner, thing = make_user(), make_repository()
    collection = make_collection(owner)
    add = lambda: services.add_item(collection=collection, thing=thing, note="", actor_user=owner)  # noqa: E731
    assert failures(race([add] * 3)) == [CollectionExists] * 2
    assert CollectionItem.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_collections_put_into_each_other_at_once_both_are():
    owner = make_user()
    one, two = make_collection(owner, "One"), make_collection(owner, "Two")
    pairs = [(one, two), (two, one)]
    racers = [
        lambda pair=pair: services.add_item(collection=pair[0], thing=pair[1], note="", actor_user=owner)
        for pair in pairs
    ]
    assert failures(race(racers)) == []


@pytest.mark.django_db(transaction=True)
def test_of_one_title_made_many_times_at_once_there_is_one_and_the_others_learn_its_slug():
    owner = make_user()
    futures = race([lambda: make_collection(owner, "Best"), lambda: make_collection(owner, "BEST")])
    assert failures(futures) == [CollectionExists]
    [made] = [future.result() for future in futures if not future.exception()]
    [refused] = [future.exception() for future in futures if future.exception()]
    assert refused.slug == made.slug


@pytest.mark.django_db
def test_a_deleted_repository_leaves_and_the_rest_still_moves():
    owner = make_user()
    collection = make_collection(owner)
    items = fill(collection, owner, 3)
    delete_repository(repository=items[1].repository, actor_user=owner)
    assert order(owner, collection) == [items[0].pk, items[2].pk]
    services.update_item(item=items[2], actor=Actor(owner, None), position=0)
    assert order(owner, collection) == [items[2].pk, items[0].pk]


@pytest.mark.django_db
def test_a_collection_keeps_its_key_under_another_title():
    owner = make_user("ada")
    collection = make_collection(owner, "Best of 2026!")
    former = collection.slug
    assert former == f"ada/best-of-2026-{collection.key}"
    changed = services.update_collection(collection=collection, actor=Actor(owner, None), title="選集")
    assert changed.slug == f"ada/{collection.key}"
    for slug in (former, changed.slug, f"ada/whatever-{collection.key}"):
        assert selectors.open_collection(Actor(None, None), *slug.split("/")) == collection
    for wrong in (collection.key[1:], f"x{collection.key}", collection.key.upper(), "", "x\n" * 50):
        with pytest.raises(CollectionNotFound):
            selectors.open_collection(Actor(None, None), "ada", wrong)


@pytest.mark.django_db
def test_what_is_too_long_or_too_much_is_refused_and_nothing_is_stored(monkeypatch):
    owner = make_user()
    for change, field in (({"title": "x" * 61}, "title"), ({"title": " "}, "title")):
        with pytest.raises(InvalidInput) as refused:
            make_collection(owner, **change)
        assert refused.value.field == field
    with pytest.raises(InvalidInput):
        make_collection(owner, description="x" * 151)
    assert not Collection.objects.exists()
    collection = make_collection(owner, "x" * 60, description="x" * 150)
    with pytest.raises(InvalidInput):
        services.add_item(collection=collection, thing=collection, note="", actor_user=owner)
    with pytest.raises(InvalidInput):
        services.add_item(collection=collection, thing=make_repository(), note="x" * 501, actor_user=owner)
    monkeypatch.setattr(services, "ITEMS_MAX", 1)
    fill(collection, owner, 1)
    with pytest.raises(InvalidInput):
        fill(collection, owner, 1)
    assert CollectionItem.objects.count() == 1
