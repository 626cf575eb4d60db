import pytest
from redis import Redis

from hub.walks import next_stretch
from storage.models import Blob

pytestmark = pytest.mark.django_db


def stretch(walk: str = "one") -> str:
    """The next two blobs of a walk, by the letters of their names."""
    return "".join(pk[0] for pk in next_stretch(Blob.objects.all(), walk=walk, size=2))


def make(letters: str) -> None:
    Blob.objects.bulk_create([Blob(sha256=letter * 64, size=1, data=b"x") for letter in letters])


def test_a_walk_goes_round_and_round():
    make("bdf")

    assert [stretch() for _ in range(4)] == ["bd", "f", "bd", "f"]


def test_a_walk_that_ends_on_the_last_row_begins_anew():
    make("bd")

    assert [stretch() for _ in range(3)] == ["bd", "", "bd"]


def test_what_comes_while_the_walk_is_under_way_is_reached_in_this_round_or_the_next():
    make("bdf")
    first = stretch()
    make("ae")

    assert [first, stretch(), stretch(), stretch()] == ["bd", "ef", "", "ab"]


def test_walks_do_not_know_each_other():
    make("bdf")

    assert [stretch("one"), stretch("other"), stretch("one")] == ["bd", "bd", "f"]


def test_a_walk_whose_place_is_lost_begins_anew(redis_connection: Redis):
    make("bdf")
    stretch()
    redis_connection.flushdb()

    assert stretch() == "bd"


def test_nothing_to_walk_is_no_stretch():
    assert stretch() == ""
